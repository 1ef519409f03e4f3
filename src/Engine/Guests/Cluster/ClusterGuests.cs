using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Cluster;

/// <summary>A guest that another node of the cluster has.</summary>
public sealed record RemoteGuest(GuestId Id, GuestKind Kind, string Node);

/// <summary>The guests of the cluster's other nodes, by the names of their configurations; what stands in these is not read.</summary>
public sealed class ClusterGuests(NodePaths paths)
{
    /// <summary>By VMID; none where there is no cluster.</summary>
    /// <exception cref="ProblemException">The cluster's folder cannot be read.</exception>
    public IReadOnlyList<RemoteGuest> OfOtherNodes()
    {
        try
        {
            // e.g. /etc/pve/nodes/pve2/qemu-server/101.conf
            return Directory.Exists(paths.NodesFolder)
                ? [.. Directory.EnumerateDirectories(paths.NodesFolder).Where(node => Path.GetFileName(node) != NodePaths.NodeName).SelectMany(OfNode).OrderBy(guest => guest.Id)]
                : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The guests of the other nodes cannot be listed: {error.Message}", error);
        }
    }

    private static IEnumerable<RemoteGuest> OfNode(string folder) =>
        from part in ((string Name, GuestKind Kind)[])[("qemu-server", GuestKind.Qemu), ("lxc", GuestKind.Lxc)]
        let configs = Path.Combine(folder, part.Name)
        where Directory.Exists(configs)
        from config in Directory.EnumerateFiles(configs, "*.conf")
        let id = GuestId.TryParse(Path.GetFileNameWithoutExtension(config), out var found) ? found : (GuestId?)null
        where id is not null
        select new RemoteGuest(id.Value, part.Kind, Path.GetFileName(folder));
}
