using Hangfire;
using Hangfire.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Jobs;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Scheduling;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

/// <summary>The product's schedules under a clock that the test moves. Hangfire's storage is real; its server is played by the test, which makes the calls that are ordered there.</summary>
internal sealed class Desk : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Desk(ServiceProvider services, FakeTimeProvider clock)
    {
        _services = services;
        Clock = clock;
    }

    public FakeTimeProvider Clock { get; }

    public BackupJobs Jobs => Get<BackupJobs>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>As a start of the program does it.</summary>
    /// <param name="proxmoxFolder">Makes the host a node of Proxmox VE, with its configuration there.</param>
    public static async Task<Desk> StartAsync(TemporaryFolder folder, FakeTimeProvider clock, string? proxmoxFolder = null, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection().AddLogging().Replace(ServiceDescriptor.Singleton<ILoggerFactory>(NullLoggerFactory.Instance)).AddSingleton<IConfiguration>(new ConfigurationBuilder().Build()).AddSingleton<TimeProvider>(clock).AddSingleton<RunBackup>(new Stage().RunAsync);
        more?.Invoke(services);
        services.AddJobs(new JobsOptions { DataFolder = folder.Path, PostgreSql = folder.PostgreSql });
        services.Configure<EngineOptions>(engine => engine.ProxmoxFolder = proxmoxFolder ?? Path.Combine(folder.Path, "no-proxmox-here"));
        services.RemoveAll<Microsoft.Extensions.Hosting.IHostedService>();
        var desk = new Desk(services.BuildServiceProvider(), clock);
        await desk.Get<RunRecovery>().StartAsync(CancellationToken.None);
        await desk.LookAsync();
        return desk;
    }

    public Task LookAsync() => Get<JobSchedules>().LookAtAllAsync(CancellationToken.None);

    public async Task<SavedJob> AddAsync(string? schedule, bool repeatMissed = false, string name = "nightly", bool enabled = true) =>
        Assert.IsType<SaveOutcome.Saved>(await Jobs.CreateAsync(Draft(schedule, repeatMissed, name, enabled), "alice", CancellationToken.None)).Job;

    public static JobDraft Draft(string? schedule, bool repeatMissed = false, string name = "nightly", bool enabled = true) =>
        new() { Name = name, Schedule = schedule, RepeatMissed = repeatMissed, Enabled = enabled, Definition = Product.Job(101) };

    /// <summary>The calls that are ordered, soonest first.</summary>
    public IReadOnlyList<(Guid Job, DateTimeOffset At)> Ordered() =>
    [
        .. Get<JobStorage>().GetMonitoringApi().ScheduledJobs(0, 1000)
            .Select(call => ((Guid)call.Value.Job.Args[0], (DateTimeOffset)call.Value.Job.Args[1])).OrderBy(call => call.Item2),
    ];

    /// <summary>Moves the clock to the next call and makes it; false when that would be after the end.</summary>
    public async Task<bool> NextCallAsync(DateTimeOffset end)
    {
        if (Ordered() is not [var call, ..] || call.At > end)
        {
            return false;
        }

        if (call.At > Clock.GetUtcNow())
        {
            Clock.SetUtcNow(call.At);
        }

        await Get<ScheduleRunner>().RunAsync(call.Job, call.At, CancellationToken.None);
        await FinishAsync();
        return true;
    }

    /// <summary>All that waits works and ends at once.</summary>
    public async Task FinishAsync()
    {
        var store = Get<RunStore>();
        foreach (var run in await store.ListInAsync(RunState.Queued, CancellationToken.None))
        {
            await store.TryClaimAsync(run.Id, Clock.GetUtcNow(), CancellationToken.None);
            await store.FinishAsync(run with { State = RunState.Succeeded, FinishedAt = Clock.GetUtcNow() }, CancellationToken.None);
        }
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<Run>> RunsAsync() => [.. (await Get<RunStore>().ListAsync(0, 100_000, new RunFilter(), CancellationToken.None)).Reverse()];

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
