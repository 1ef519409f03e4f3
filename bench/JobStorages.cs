using System.Diagnostics;
using System.Globalization;
using Hangfire;
using Hangfire.Common;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Storage;
using Hangfire.Storage.SQLite;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Bench;

/// <summary>The storages of the job queue: how many jobs a second, and how soon one begins.</summary>
internal static class JobStorages
{
    public const string Name = "hangfire";
    private const int Jobs = 1000;
    private const int Pings = 200;
    private const int Workers = 20;
    private const int Backlog = 10_000;

    /// <summary>Measures each storage in turn, as often as is wanted, and prints the medians.</summary>
    public static int Compare(int runs, CancellationToken cancellation)
    {
        using var postgres = new PostgreSqlServer();
        (string Name, Func<int, JobStorage> Open)[] storages =
        [
            ("SQLite (ours)", _ => new SQLiteStorage(Path.Combine(Directory.CreateTempSubdirectory("vzdump-bench-").FullName, "jobs.db"))),
            ("InMemory", _ => new InMemoryStorage()),
            ("PostgreSql (fsync off)", run => Postgres(postgres.ConnectionString, run)),
        ];
        var figures = storages.ToDictionary(storage => storage.Name, _ => new List<double[]>());
        for (var run = 0; run < runs; run++)
        {
            foreach (var (name, open) in storages)
            {
                cancellation.ThrowIfCancellationRequested();
                figures[name].Add(Measure(open(run)));
                Console.Error.WriteLine($"{name}: {string.Join(' ', figures[name][^1].Select(value => value.ToString("0.00", CultureInfo.InvariantCulture)))}");
            }
        }

        Console.WriteLine("Medians; jobs a second, milliseconds, percent of a core.");
        Console.WriteLine();
        Console.WriteLine("| storage | enqueue, 1 thread | 4 threads | drain, 1 worker | 20 workers | CPU ms a job | start p50 | p99 | idle % | page at 10,000 jobs |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, _) in storages)
        {
            var medians = Enumerable.Range(0, figures[name][0].Length).Select(column => figures[name].Select(row => row[column]).Order().ElementAt(runs / 2));
            Console.WriteLine($"| {name} | {string.Join(" | ", medians.Select(value => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture)))} |");
        }

        return 0;
    }

    private static JobStorage Postgres(string connection, int run)
    {
        var options = new PostgreSqlStorageOptions { SchemaName = $"bench{run}", UseSlidingInvisibilityTimeout = true, EnableLongPolling = true, QueuePollInterval = TimeSpan.FromMilliseconds(50) };
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(connection, options), options);
    }

    private static double[] Measure(JobStorage storage)
    {
        Enqueue(storage, 100, 1); // not counted
        Drain(storage, 100, 1);
        var one = Jobs / Seconds(() => Enqueue(storage, Jobs, 1));
        var drainOne = Jobs / Seconds(() => Drain(storage, Jobs, 1));
        var four = Jobs / Seconds(() => Enqueue(storage, Jobs, 4));
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var drainMany = Jobs / Seconds(() => Drain(storage, Jobs, Workers));
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var (starts, idle) = Starts(storage);
        Fill(storage);
        var monitor = storage.GetMonitoringApi();
        var page = 1000 * Enumerable.Range(0, 7).Select(_ => Seconds(() => ShowPage(monitor))).Order().ElementAt(3);
        (storage as IDisposable)?.Dispose();
        return [one, four, drainOne, drainMany, cpu.TotalMilliseconds / Jobs, starts[Pings / 2], starts[Pings * 99 / 100], idle, page];
    }

    // One job, many times: what a page costs does not depend on whose jobs wait.
    private static void Fill(JobStorage storage)
    {
        using var connection = storage.GetConnection();
        var job = connection.CreateExpiredJob(Job.FromExpression<QueueJob>(queued => queued.Run(0)), new Dictionary<string, string>(StringComparer.Ordinal), DateTime.UnixEpoch, TimeSpan.FromDays(1));
        for (var batch = 0; batch < Backlog; batch += 1000)
        {
            using var transaction = connection.CreateWriteTransaction();
            for (var count = 0; count < 1000; count++)
            {
                transaction.AddToQueue("default", job);
            }

            transaction.Commit();
        }
    }

    // What the dashboard asks for to show what waits.
    private static void ShowPage(IMonitoringApi monitor)
    {
        monitor.GetStatistics();
        monitor.Queues();
        monitor.EnqueuedJobs("default", 0, 20);
    }

    private static void Enqueue(JobStorage storage, int count, int threads) => Task.WaitAll([.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
        () =>
        {
            var client = new BackgroundJobClient(storage);
            for (var number = 0; number < count / threads; number++)
            {
                client.Enqueue<QueueJob>(job => job.Run(number));
            }
        },
        TaskCreationOptions.LongRunning))]);

    private static void Drain(JobStorage storage, int count, int workers)
    {
        using var done = new CountdownEvent(count / 4 * 4);
        using var server = Serve(storage, workers, () => done.Signal());
        done.Wait();
    }

    // Milliseconds from the call that enqueues to the job's beginning, in order; and what waiting for jobs takes of a core.
    private static (double[] Starts, double Idle) Starts(JobStorage storage)
    {
        using var began = new SemaphoreSlim(0);
        using var server = Serve(storage, Workers, () => began.Release());
        var starts = new double[Pings];
        var client = new BackgroundJobClient(storage);
        for (var ping = 0; ping < Pings; ping++)
        {
            Pause(TimeSpan.FromMilliseconds(5));
            starts[ping] = 1000 * Seconds(() =>
            {
                client.Enqueue<QueueJob>(job => job.Run(0));
                began.Wait();
            });
        }

        Pause(TimeSpan.FromSeconds(1));
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        Pause(TimeSpan.FromSeconds(5));
        var idle = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds / 5 * 100;
        Array.Sort(starts);
        return (starts, idle);
    }

    private static BackgroundJobServer Serve(JobStorage storage, int workers, Action began) =>
        new(new BackgroundJobServerOptions { WorkerCount = workers, Activator = new QueueJobs(began), ShutdownTimeout = TimeSpan.FromSeconds(5) }, storage);

    private static void Pause(TimeSpan span) => Task.Delay(span, TimeProvider.System, CancellationToken.None).Wait(CancellationToken.None);

    private static double Seconds(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
