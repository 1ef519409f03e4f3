using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Archives.Tar;

/// <summary>Estimates how large the tar archive of a tree is going to be.</summary>
public sealed class TreeSize(HostPrograms programs)
{
    private const long HeaderBytes = 512;

    /// <summary>
    /// Bytes on disk and a header for each file, and the number of files and folders; null when that cannot be found out. Costs two walks over the
    /// tree's names, at the lowest priority.
    /// </summary>
    public async Task<(long Bytes, long Files)?> EstimateAsync(GuestContent.Tree tree, IReadOnlyList<string> excludes, CancellationToken cancellation)
    {
        var bytes = await DuAsync(tree, excludes, "--block-size=1", cancellation);
        var files = await DuAsync(tree, excludes, "--inodes", cancellation);
        return bytes is null || files is null ? null : (bytes.Value + (files.Value * HeaderBytes), files.Value);
    }

    private async Task<long?> DuAsync(GuestContent.Tree tree, IReadOnlyList<string> excludes, string unit, CancellationToken cancellation)
    {
        var command = new HostCommand("du",
        [
            "--total", "--summarize", "--one-file-system", unit,
            // One that begins with a slash begins at the root; the others mean the same to du as to tar, nearly.
            .. excludes.Select(glob => $"--exclude={(glob.StartsWith('/') ? tree.Root : "")}{glob}"),
            "--", tree.Root, .. tree.OtherFileSystems.Select(folder => tree.Root + folder[1..]),
        ]);
        command = IoPriority.Apply(command.Under("nice", "-n", "19"), IoPriority.Idle);
        // e.g. "1234\t/srv/rootfs\n1234\ttotal"; exit code 1 only means that some folder could not be entered
        var result = await programs.RunAsync(tree.Mounts?.Enter(command) ?? command, cancellation);
        var total = result.Output.Split('\n').LastOrDefault(line => line.EndsWith("\ttotal", StringComparison.Ordinal))?.Split('\t')[0];
        return long.TryParse(total, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
