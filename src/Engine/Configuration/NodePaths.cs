using Microsoft.Extensions.Options;

namespace VzDump.Engine.Configuration;

/// <summary>Where this node keeps its configuration, logs and locks.</summary>
public sealed class NodePaths(IOptions<EngineOptions> options)
{
    private EngineOptions Options => options.Value;

    public bool IsProxmox => Directory.Exists(Options.ProxmoxFolder);

    public string DataFolder => Path.GetFullPath(Options.DataFolder);

    public string StorageConfig => Path.Combine(ConfigFolder, "storage.cfg");

    public string VzdumpConfig => IsProxmox ? "/etc/vzdump.conf" : Path.Combine(DataFolder, "vzdump.conf");

    public string DatacenterConfig => Path.Combine(ConfigFolder, "datacenter.cfg");

    public string QemuFolder => Path.Combine(ConfigFolder, "qemu-server");

    public string LxcFolder => Path.Combine(ConfigFolder, "lxc");

    public string FirewallFolder => Path.Combine(ConfigFolder, "firewall");

    /// <summary>VMIDs of the host's own LXC containers.</summary>
    public string NativeContainers => Path.Combine(DataFolder, "lxc-native.cfg");

    public string LogFolder => Options.LogFolder ?? (IsProxmox ? "/var/log/vzdump" : Path.Combine(DataFolder, "log", "vzdump"));

    /// <summary>What this node has stopped, locked or half written, for the next start to put right.</summary>
    public string UnfinishedFolder => Path.Combine(DataFolder, "unfinished");

    /// <summary>Held while an engine uses the data folder.</summary>
    public string InstanceLock => Path.Combine(DataFolder, "engine.lock");

    /// <summary>Without root's rights there is no writing to /run; then only programs of the same user exclude one another.</summary>
    public string NodeLock => Options.NodeLock ?? (Host.HostUser.IsRoot ? "/run/vzdump.lock" : Path.Combine(DataFolder, "vzdump.lock"));

    /// <summary>Folders of the host's own LXC containers; none on Proxmox VE, which manages LXC itself.</summary>
    public IReadOnlyList<string> NativeLxcFolders =>
        Options.LxcFolders is { } folders ? [.. folders] : IsProxmox ? [] : [HostLxcFolder()];

    private string ConfigFolder => IsProxmox ? Options.ProxmoxFolder : DataFolder;

    private static string HostLxcFolder()
    {
        // e.g. lxc.lxcpath = /srv/lxc
        const string hostConfig = "/etc/lxc/lxc.conf";
        var line = File.Exists(hostConfig)
            ? File.ReadLines(hostConfig).Select(text => text.Split('=', 2, StringSplitOptions.TrimEntries)).LastOrDefault(parts => parts is ["lxc.lxcpath", _])
            : null;
        return line is [_, var folder] ? folder : "/var/lib/lxc";
    }
}
