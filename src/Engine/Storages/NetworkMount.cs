using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Storages;

/// <summary>How a network storage gets to its folder, in the words that Proxmox VE uses for <c>mount</c>.</summary>
/// <param name="Sources">What may be mounted there, e.g. <c>10.0.0.2:/backup</c>; the first is tried first.</param>
/// <param name="Options">Each an <c>-o</c> of its own.</param>
internal sealed record NetworkMount(string Type, string Folder, IReadOnlyList<string> Sources, IReadOnlyList<string> Options)
{
    private string? _volume;

    /// <summary>Null for storages whose folder the host brings: dir, btrfs and others.</summary>
    /// <param name="passwordFile">The storage's file with its password, when there is one.</param>
    /// <exception cref="ProblemException">storage.cfg lacks what is needed.</exception>
    public static NetworkMount? For(StorageDefinition storage, string? passwordFile)
    {
        switch (storage.Type)
        {
            case "nfs":
                return new(storage.Type, storage.Path!, [$"{Server("server")}:{Needed("export")}"], [.. Said("options")]);
            case "cifs":
                // e.g. //nas/backup/node1, with a password: -o soft -o username=backup -o credentials=/etc/pve/priv/storage/nas.pw -o vers=3.0
                IEnumerable<string> who = passwordFile is null
                    ? ["guest,username=guest"]
                    : [$"username={Needed("username")}", $"credentials={passwordFile}", .. Said("domain").Select(domain => $"domain={domain}")];
                return new(storage.Type, storage.Path!, [$"//{Server("server")}/{Needed("share")}{storage.Section["subdir"]}"],
                    ["soft", .. who, $"vers={storage.Section["smbversion"] ?? "default"}", .. Said("options")]);
            case "glusterfs":
                var servers = new[] { storage.Section["server"] ?? "localhost" }.Concat(Said("server2"));
                return new(storage.Type, storage.Path!, [.. servers.Select(server => $"{server}:{Needed("volume")}")], []) { _volume = Needed("volume") };
            default:
                return null;
        }

        string Needed(string key) => storage.Section[key] ?? throw new ProblemException($"The storage '{storage.Name}' cannot be mounted: storage.cfg names no {key} for it.");
        IEnumerable<string> Said(string key) => storage.Section[key] is { Length: > 0 } value ? [value] : [];
        string Server(string key) => Needed(key) is var server && server.Contains(':', StringComparison.Ordinal) ? $"[{server.Trim('[', ']')}]" : server;
    }

    /// <summary>One command for each server that has the data.</summary>
    public IEnumerable<HostCommand> Commands() =>
        Sources.Select(source => new HostCommand("mount", ["-t", Type, source, Folder, .. Options.SelectMany(option => (string[])["-o", option])]));

    /// <summary>Whether this mount is the storage's own. The kernel may write a slash after it.</summary>
    public bool Is(MountEntry mount) => _volume is { } volume
        ? mount.FileSystem == "fuse.glusterfs" && mount.Source.TrimEnd('/').EndsWith($":{volume}", StringComparison.Ordinal) // whichever server it was fetched from
        : mount.FileSystem.StartsWith(Type, StringComparison.Ordinal) && Sources.Any(source => source.TrimEnd('/') == mount.Source.TrimEnd('/'));
}
