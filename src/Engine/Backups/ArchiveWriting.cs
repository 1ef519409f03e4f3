using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>The pipe from a guest's data to the archive: archiver, meter and limit, compressor.</summary>
internal sealed class ArchiveWriting(TarArchiver tar, TreeSize treeSize, VmaArchiver vma, Compressor compressor, TimeProvider time)
{
    /// <param name="written">Bytes of the archive so far.</param>
    public async Task WriteAsync(GuestId guest, GuestContent content, BackupOptions options, string temporaryFolder, Stream destination, Func<long> written, ITaskLog log, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        await using var compressed = compressor.Open(options.Compression, destination, options.IoNice);
        await using var metered = new MeteredStream(compressed.Input, options.BandwidthLimit, time);
        switch (content)
        {
            case GuestContent.Tree tree:
                var passage = new TarPassage();
                await using (var meter = new ProgressMeter(guest, events, log, time, () => metered.Count, written, () => (passage.Members, passage.Path)))
                {
                    using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                    var estimate = EstimateAsync(tree, options.Excludes, meter, ended.Token);
                    try
                    {
                        await tar.WriteAsync(tree, new TarOptions(options.Excludes, options.IoNice), temporaryFolder, metered, passage, log, cancellation);
                        await compressed.FinishAsync(cancellation);
                    }
                    finally
                    {
                        await ended.CancelAsync();
                        await estimate;
                    }

                    meter.Complete();
                }

                break;
            case GuestContent.Disks disks:
                var read = new ReadCount();
                await using (var meter = new ProgressMeter(guest, events, log, time, () => read.Bytes, written))
                {
                    meter.Expect(disks.Drives.Sum(drive => drive.Disk.Length));
                    await vma.WriteAsync(disks, metered, read, log, cancellation);
                    await compressed.FinishAsync(cancellation);
                    meter.Complete();
                }

                break;
            default:
                throw new InvalidOperationException($"No archive is known for {content.GetType()}.");
        }
    }

    private async Task EstimateAsync(GuestContent.Tree tree, IReadOnlyList<string> excludes, ProgressMeter meter, CancellationToken cancellation)
    {
        try
        {
            if (await treeSize.EstimateAsync(tree, excludes, cancellation) is { } total)
            {
                meter.Expect(total.Bytes, total.Files);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ProblemException)
        {
            // Without an estimate the progress has no total; the archive does not depend on it.
        }
    }

    private sealed class ReadCount : IProgress<long>
    {
        private long _bytes;

        public long Bytes => Volatile.Read(ref _bytes);

        public void Report(long value) => Volatile.Write(ref _bytes, value);
    }
}
