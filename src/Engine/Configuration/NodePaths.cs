using Microsoft.Extensions.Options;

namespace VzDump.Engine.Configuration;

/// <summary>Where this node keeps its configuration, logs and locks.</summary>
public sealed class NodePaths(IOptions<EngineOptions> options)
{
    private EngineOptions Options => options.Value;

    public bool IsProxmox => Directory.Exists(Options.ProxmoxFolder);

    public string DataFolder => Path.GetFullPath(Options.DataFolder);

    /// <summary>This node's name in the cluster: the host's, without its domain.</summary>
    public static string NodeName => Environment.MachineName.Split('.')[0];

    /// <summary>Where the files lie that a cluster shares.</summary>
    public string ConfigFolder => IsProxmox ? Options.ProxmoxFolder : DataFolder;

    public string StorageConfig => Path.Combine(ConfigFolder, "storage.cfg");

    public string VzdumpConfig => IsProxmox ? "/etc/vzdump.conf" : Path.Combine(DataFolder, "vzdump.conf");

    public string DatacenterConfig => Path.Combine(ConfigFolder, "datacenter.cfg");

    public string QemuFolder => Path.Combine(ConfigFolder, "qemu-server");

    /// <summary>Pid files and sockets of virtual machines.</summary>
    public string QemuRunFolder => Options.QemuRunFolder;

    public string LxcFolder => Path.Combine(ConfigFolder, "lxc");

    public string FirewallFolder => Path.Combine(ConfigFolder, "firewall");

    /// <summary>Pools, users and what they may do.</summary>
    public string UserConfig => Path.Combine(ConfigFolder, "user.cfg");

    public string HaResources => Path.Combine(ConfigFolder, "ha", "resources.cfg");

    public string JobsConfig => Path.Combine(ConfigFolder, "jobs.cfg");

    /// <summary>Where Proxmox VE kept jobs before jobs.cfg.</summary>
    public string VzdumpCron => Path.Combine(ConfigFolder, "vzdump.cron");

    /// <summary>A folder for each node of the cluster.</summary>
    public string NodesFolder => Path.Combine(ConfigFolder, "nodes");

    /// <summary>Locks that hold on all nodes of a cluster.</summary>
    public string ClusterLockFolder => Path.Combine(ConfigFolder, "priv", "lock");

    /// <summary>VMIDs of the host's own LXC containers.</summary>
    public string NativeContainers => Path.Combine(DataFolder, "lxc-native.cfg");

    /// <summary>Holds the password with which a cifs storage is mounted; as Proxmox VE keeps it.</summary>
    public string StoragePassword(string storage) => Path.Combine(ConfigFolder, "priv", "storage", storage + ".pw");

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
