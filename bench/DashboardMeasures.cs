using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Data.Sqlite;

namespace VzDump.Bench;

/// <summary>How fast the dashboard answers on a large node, how much memory it takes, and how soon lines reach those who watch a run.</summary>
internal static class DashboardMeasures
{
    private const int Guests = 500, ArchivesEach = 20, Runs = 5000, Rounds = 20, Watchers = 20;

    // Those that need nothing in their address, and the calls with which programs ask for what the pages show.
    private static readonly string[] Paths =
    [
        "/overview", "/guests", "/guests/300", "/jobs", "/jobs/new", "/runs", "/archives", "/storages", "/defaults", "/settings/people", "/settings/mail", "/settings/audit",
        "/api/v1/guests", "/api/v1/archives", "/api/v1/runs", "/api/v1/runs?find=guest300", "/api/v1/storages", "/metrics",
    ];

    /// <summary>500 guests, 10,000 archives and 5,000 runs.</summary>
    public static async Task<string> TakeBigNodeAsync(CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("vzdump-bench-").FullName;
        try
        {
            await MakeNodeAsync(data, cancellation);
            await using var dashboard = await DashboardProcess.StartAsync(data, cancellation);
            await AddRunsAsync(data, cancellation);
            var began = dashboard.Resident().Now;
            var told = new List<string>();
            foreach (var path in Paths)
            {
                var times = new List<double>();
                for (var round = 0; round <= Rounds; round++)
                {
                    var start = Stopwatch.GetTimestamp();
                    using var answer = await dashboard.Client.GetAsync(path, cancellation);
                    await answer.Content.ReadAsByteArrayAsync(cancellation);
                    answer.EnsureSuccessStatusCode();
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                var warm = times.Skip(1).Order().ToList();
                told.Add(string.Create(CultureInfo.InvariantCulture, $"{path} {times[0]:0} ({warm[warm.Count / 2]:0}, {warm[^1]:0})"));
            }

            var (now, most) = dashboard.Resident();
            return string.Create(CultureInfo.InvariantCulture, $"ms, first (then median, most of {Rounds}): {string.Join("; ", told)}. Resident: {began / 1e6:0} MB at the start, {now / 1e6:0} MB after it, {most / 1e6:0} MB at most");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>20 who watch one run, each over a connection of its own: from the moment that a line bears to its arrival.</summary>
    public static async Task<string> TakeLatencyAsync(CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("vzdump-bench-").FullName;
        try
        {
            await using var dashboard = await DashboardProcess.StartAsync(data, cancellation);
            var run = await dashboard.RunAsync("vzdump 101 --bwlimit 400", cancellation);
            var watching = Enumerable.Range(0, Watchers).Select(_ => WatchAsync(dashboard, run, cancellation)).ToList();
            var all = (await Task.WhenAll(watching)).SelectMany(each => each).Order().ToList();
            return string.Create(CultureInfo.InvariantCulture, $"{all.Count} arrivals at {Watchers} watchers: median {all[all.Count / 2]:0} ms, p99 {all[all.Count * 99 / 100]:0} ms, most {all[^1]:0} ms");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<List<double>> WatchAsync(DashboardProcess dashboard, Guid run, CancellationToken cancellation)
    {
        await using var hub = new HubConnectionBuilder().WithUrl($"{dashboard.Address}/hubs/runs", options => options.Headers["Cookie"] = dashboard.Cookies).Build();
        await hub.StartAsync(cancellation);
        var took = new List<double>();
        var isFirst = true;
        await foreach (var message in hub.StreamAsync<JsonElement>("WatchRun", run, 0L, cancellation))
        {
            var now = DateTimeOffset.UtcNow;
            if (!isFirst)
            {
                took.AddRange(message.GetProperty("newLines").EnumerateArray().Select(line => (now - line.GetProperty("at").GetDateTimeOffset()).TotalMilliseconds));
            }

            isFirst = false; // what was there before
        }

        return took;
    }

    private static async Task MakeNodeAsync(string data, CancellationToken cancellation)
    {
        var dump = Directory.CreateDirectory(Path.Combine(data, "storage/local/dump")).FullName;
        Directory.CreateDirectory(Path.Combine(data, "lxc"));
        await File.WriteAllTextAsync(Path.Combine(data, "storage.cfg"), $"dir: local\n\tpath {data}/storage/local\n\tcontent backup,images,rootdir\n", cancellation);
        for (var guest = 200; guest < 200 + Guests; guest++)
        {
            await File.WriteAllTextAsync(Path.Combine(data, $"lxc/{guest}.conf"), $"arch: amd64\nhostname: guest{guest}\nmemory: 256\nrootfs: local:{guest}/vm-{guest}-disk-0.raw,size=1G\n", cancellation);
            for (var number = 0; number < ArchivesEach; number++)
            {
                var stem = Path.Combine(dump, $"vzdump-lxc-{guest}-{DateTime.Now.AddDays(-number):yyyy_MM_dd}-03_{guest % 60:00}_00");
                await File.WriteAllTextAsync(stem + ".tar.zst", "archive", cancellation);
                await File.WriteAllTextAsync(stem + ".log", $"2026-10-01 03:00:00 INFO: Starting Backup of VM {guest} (lxc)\n2026-10-01 03:00:09 INFO: Finished Backup of VM {guest} (00:00:09)\n", cancellation);
                await File.WriteAllTextAsync(stem + ".tar.zst.notes", $"guest{guest}", cancellation);
            }
        }
    }

    // As the program itself writes them: every other one a check of an archive.
    private static async Task AddRunsAsync(string data, CancellationToken cancellation)
    {
        await using var database = new SqliteConnection($"Data Source={data}/vzdump-web.db");
        await database.OpenAsync(cancellation);
        await using var all = (SqliteTransaction)await database.BeginTransactionAsync(cancellation);
        for (var number = 0; number < Runs; number++)
        {
            var (guest, at) = (200 + (number % Guests), DateTimeOffset.UtcNow.AddMinutes(-number * 5).UtcTicks);
            await using var add = database.CreateCommand();
            add.CommandText = """
                INSERT INTO Runs (Id, Job, StartedBy, CreatedAt, State, StartedAt, FinishedAt, "Trigger") VALUES ($id, $job, 'ada', $at, 'Succeeded', $at, $end, 'Manual');
                INSERT INTO RunTasks (RunId, Position, Guest, Kind, Name, State, StartedAt, FinishedAt, ArchivePath, ArchiveSize) VALUES ($id, 0, $guest, 'Lxc', 'guest' || $guest, 'Done', $at, $end, $archive, 7)
                """;
            add.Parameters.AddWithValue("$id", Guid.CreateVersion7().ToString().ToUpperInvariant());
            var archive = $"{data}/storage/local/dump/vzdump-lxc-{guest}-{DateTime.Now.AddDays(-(number / Guests)):yyyy_MM_dd}-03_{guest % 60:00}_00.tar.zst";
            var work = number % 2 == 0 ? "" : $",\"verify\":\"{archive}\"";
            add.Parameters.AddWithValue("$job", $"{{\"selection\":{{\"ids\":[{guest}]}},\"settings\":{{}}{work}}}");
            add.Parameters.AddWithValue("$at", at);
            add.Parameters.AddWithValue("$end", at + TimeSpan.TicksPerMinute);
            add.Parameters.AddWithValue("$guest", guest);
            add.Parameters.AddWithValue("$archive", archive);
            await add.ExecuteNonQueryAsync(cancellation);
        }

        await all.CommitAsync(cancellation);
    }
}
