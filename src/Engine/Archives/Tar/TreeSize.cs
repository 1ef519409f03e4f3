using System.Globalization;
using VzDump.Engine.Host;

namespace VzDump.Engine.Archives.Tar;

/// <summary>Estimates how large the tar archive of a tree is going to be.</summary>
public sealed class TreeSize(HostPrograms programs)
{
    private const long HeaderBytes = 512;

    /// <summary>Bytes on disk and a header for each file; null when that cannot be found out. Costs two walks over the tree's names, at the lowest priority.</summary>
    public async Task<long?> EstimateAsync(string root, CancellationToken cancellation)
    {
        var bytes = await DuAsync(root, "--block-size=1", cancellation);
        var files = await DuAsync(root, "--inodes", cancellation);
        return bytes + files * HeaderBytes;
    }

    private async Task<long?> DuAsync(string root, string unit, CancellationToken cancellation)
    {
        // e.g. "1234\t/srv/rootfs"; exit code 1 only means that some folder could not be entered
        var result = await programs.RunAsync(IoPriority.Apply(new HostCommand("du", "--summarize", "--one-file-system", unit, "--", root).Under("nice", "-n", "19"), IoPriority.Idle), cancellation);
        return long.TryParse(result.Output.Split('\t')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
