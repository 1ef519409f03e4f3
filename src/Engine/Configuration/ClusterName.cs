namespace VzDump.Engine.Configuration;

/// <summary>The name of the cluster that this node belongs to.</summary>
internal static class ClusterName
{
    private const string None = "standalone node"; // vzdump's words

    public static async Task<string> ReadAsync(NodePaths paths, CancellationToken cancellation)
    {
        var path = Path.Combine(paths.ConfigFolder, "corosync.conf");
        if (!File.Exists(path))
        {
            return None;
        }

        // e.g. "  cluster_name: office" in the section totem
        return (await ConfigText.ReadAsync(path, cancellation)).Split('\n').Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .FirstOrDefault(parts => parts is ["cluster_name", { Length: > 0 }])?[1] ?? None;
    }
}
