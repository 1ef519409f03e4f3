using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Bench;

/// <summary>A figure that stands for itself, without a rival.</summary>
internal sealed record Measure(string Name, Func<CancellationToken, Task<string>> Take);

/// <summary>How long many archives take, and how well a bandwidth limit is kept.</summary>
internal sealed class Measures(BenchFolder folder, HostPrograms programs)
{
    private const int Archives = 10_000;
    private const int LimitSeconds = 10;

    public IEnumerable<Measure> All() =>
    [
        new("listing-10000", ListAsync),
        new("prune-10000", PruneAsync),
        new("tree-million", cancellation => TreeMeasure.TakeAsync(folder, programs, cancellation)),
        new("big-node", DashboardMeasures.TakeBigNodeAsync),
        new("hub-latency", DashboardMeasures.TakeLatencyAsync),
        new("zero-scan", _ => Task.FromResult(ScanForZeros())),
        .. new[] { 512, 4096, 102_400 }.Select(kib => new Measure($"bwlimit-{kib}", cancellation => LimitAsync(kib, cancellation))),
        .. new[] { 512, 4096 }.Select(kib => new Measure($"rsync-bwlimit-{kib}", cancellation => RsyncAsync(kib, cancellation))),
    ];

    private async Task<string> ListAsync(CancellationToken cancellation)
    {
        MakeArchives();
        await using var notes = new StringWriter(CultureInfo.InvariantCulture);
        for (var round = 0; round < 3; round++)
        {
            // Each round a program that has just been started, as far as listings go.
            var options = Options.Create(new EngineOptions { DataFolder = folder.Path, ProxmoxFolder = Path.Combine(folder.Path, "no-proxmox-here") });
            var paths = new NodePaths(options);
            var access = new BoundedAccess(programs, TimeSpan.FromMinutes(1), TimeProvider.System);
            var catalogue = new ArchiveCatalogue(paths, new StorageActivation(paths, programs, access, options, TimeProvider.System), access, new FolderListing(access), new ArchiveConfigReader(new Decompressor(programs)), TimeProvider.System);
            await notes.WriteAsync($"{(round > 0 ? "; " : "")}cold {await ToldAsync(() => catalogue.ListAsync(cancellation))}, again {await ToldAsync(() => catalogue.ListAsync(cancellation))}");
        }

        folder.Clear();
        return notes.ToString();
    }

    private async Task<string> PruneAsync(CancellationToken cancellation)
    {
        MakeArchives();
        var listed = ArchiveFolder.List("local", folder.Archives, TimeZoneInfo.Local);
        var keep = new KeepPolicy { Last = 3, Daily = 7, Weekly = 4, Monthly = 6 };
        PrunePlan? plan = null;
        var planning = await TimeAsync(() => Task.FromResult(plan = PrunePlan.For(listed, keep, TimeZoneInfo.Local)));
        // As archives are that lie there for long: their space is freed on the disk, not forgotten before it was taken.
        await Shell.RunAsync("""sync -f "$1" """, cancellation, folder.Archives);
        var removing = await ToldAsync(() => Task.FromResult(Pruner.Apply(plan!, _ => { }, cancellation)));
        folder.Clear();
        return string.Create(CultureInfo.InvariantCulture, $"planning {planning.TotalMilliseconds:0} ms, removing {plan!.Removals.Count} with their logs and notes {removing}");
    }

    // The largest extent's clusters, over and over: all zero, and all data that stays where it is.
    private static string ScanForZeros()
    {
        const int clusters = 59, rounds = 400;
        var (zeros, data) = (new byte[clusters * Cluster], new byte[clusters * Cluster]);
        Random.Shared.NextBytes(data);
        return string.Create(CultureInfo.InvariantCulture, $"zeros {RateOf(zeros):0.0} GB/s, data {RateOf(data):0.0} GB/s");

        static double RateOf(byte[] buffer)
        {
            var best = 0.0;
            for (var sample = 0; sample < 5; sample++)
            {
                var began = Stopwatch.GetTimestamp();
                for (var round = 0; round < rounds; round++)
                {
                    var kept = 0;
                    for (var at = 0; at < buffer.Length; at += Cluster)
                    {
                        ZeroBlocks.Compact(buffer, at, Cluster, ref kept);
                    }
                }

                best = Math.Max(best, (double)rounds * buffer.Length / 1e9 / Stopwatch.GetElapsedTime(began).TotalSeconds);
            }

            return best;
        }
    }

    private static async Task<string> LimitAsync(int kib, CancellationToken cancellation)
    {
        var limit = BandwidthLimit.FromKiB(kib);
        await using var stream = new MeteredStream(Stream.Null, limit, TimeProvider.System);
        var piece = new byte[1024 * 1024];
        var began = Stopwatch.GetTimestamp();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(TimeSpan.FromSeconds(LimitSeconds));
        try
        {
            while (true)
            {
                await stream.WriteAsync(piece, end.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Rate(stream.Count, Stopwatch.GetElapsedTime(began), limit);
        }
    }

    // What its sender has written within ten seconds of the middle of a copy.
    private async Task<string> RsyncAsync(int kib, CancellationToken cancellation)
    {
        var (source, target) = (Path.Combine(folder.Path, "rsync-source"), Path.Combine(folder.Path, "rsync-target"));
        await using (var file = File.Create(source))
        {
            var noise = new byte[1024 * 1024];
            Random.Shared.NextBytes(noise);
            for (long size = 0; size < kib * 1024L * LimitSeconds * 2; size += noise.Length)
            {
                await file.WriteAsync(noise, cancellation);
            }
        }

        await using var rsync = programs.Start(new HostCommand("rsync", "--whole-file", string.Create(CultureInfo.InvariantCulture, $"--bwlimit={kib}"), source, target), Console.Error.WriteLine);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellation);
        var (before, began) = (Written(rsync.Pid), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(LimitSeconds), TimeProvider.System, cancellation);
        var text = Rate(Written(rsync.Pid) - before, Stopwatch.GetElapsedTime(began), BandwidthLimit.FromKiB(kib));
        await rsync.StopAsync();
        File.Delete(source);
        File.Delete(target);
        return text;
    }

    // e.g. wchar: 4711
    private static long Written(int pid) =>
        long.Parse(File.ReadLines($"/proc/{pid}/io").First(line => line.StartsWith("wchar:", StringComparison.Ordinal))["wchar:".Length..], CultureInfo.InvariantCulture);

    private static string Rate(long bytes, TimeSpan took, BandwidthLimit limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / took.TotalSeconds / limit.BytesPerSecond:0.000} of the limit over {took.TotalSeconds:0.0} s");

    // e.g. 412 ms (230 ms of processors)
    private static async Task<string> ToldAsync<T>(Func<Task<T>> work)
    {
        var cpu = Sample.CpuUsed();
        var took = await TimeAsync(work);
        return string.Create(CultureInfo.InvariantCulture, $"{took.TotalMilliseconds:0} ms ({(Sample.CpuUsed() - cpu).TotalMilliseconds:0} ms of processors)");
    }

    private static async Task<TimeSpan> TimeAsync<T>(Func<Task<T>> work)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began);
    }

    private void MakeArchives()
    {
        for (var number = 0; number < Archives; number++)
        {
            var stem = $"vzdump-lxc-{100 + (number % 50)}-{new DateTime(2024, 1, 1).AddHours(number / 50 * 5):yyyy_MM_dd-HH_mm_ss}";
            var archive = Path.Combine(folder.Archives, stem + ".tar.zst");
            File.WriteAllText(archive, "x");
            File.WriteAllText(archive + ".notes", $"guest {number}\nmore");
            File.WriteAllText(Path.Combine(folder.Archives, stem + ".log"), "log");
            if (number % 10 == 0)
            {
                File.WriteAllText(archive + ".protected", "");
            }
        }
    }
}
