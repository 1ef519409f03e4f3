using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>What every archive of a container holds besides its files.</summary>
internal sealed record ContainerArchive(string Config, string? Firewall, string? NativeConfig)
{
    public static async Task<ContainerArchive> ReadAsync(NodePaths paths, Guest guest, string configText, CancellationToken cancellation)
    {
        var config = GuestConfig.Parse(configText);
        return guest.LxcPath is null
            ? new ContainerArchive(config.ForArchive(), await GuestFirewall.ReadAsync(paths, guest, cancellation), null)
            : new ContainerArchive(NativeConfigTranslation.ToProxmox(config, guest), null, configText);
    }

    public GuestContent.Tree Tree(string root, IReadOnlyList<IdMapping> map, PrivateMounts? mounts = null, IReadOnlyList<string>? others = null) => new()
    {
        Config = Config,
        Firewall = Firewall,
        NativeConfig = NativeConfig,
        Root = root,
        IdMap = map,
        Mounts = mounts,
        OtherFileSystems = others ?? [],
    };
}
