using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Notifications;
using VzDump.Jobs;
using VzDump.Jobs.Live;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Runs;

namespace VzDump.Tests.Jobs;

/// <summary>The product without its pages: a real host with a real database, queue and worker, over a backup that the test directs.</summary>
internal sealed class Product : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly IHost _host;

    private Product(IHost host, Stage stage)
    {
        _host = host;
        Stage = stage;
    }

    public Stage Stage { get; }

    public BackupRuns Runs => Get<BackupRuns>();

    public RunFeed Feed => Get<RunFeed>();

    public IBackgroundJobClient Hangfire => Get<IBackgroundJobClient>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public static async Task<Product> StartAsync(TemporaryFolder folder, Stage? stage = null, Action<IServiceCollection>? more = null)
    {
        stage ??= new Stage();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevelOff));
        builder.Services.AddSingleton<RunBackup>(stage.RunAsync);
        builder.Services.AddSingleton<FindNotificationRule>(NobodyIsTold);
        more?.Invoke(builder.Services);
        builder.Services.AddJobs(new JobsOptions { DataFolder = folder.Path, PostgreSql = folder.PostgreSql });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new Product(host, stage);
    }

    private static Task<NotificationRule> NobodyIsTold(BackupJob job, CancellationToken cancellation) =>
        Task.FromResult(new NotificationRule([], MailNotification.Always, "root", "pve1.example.org", null));

    private static Microsoft.Extensions.Logging.LogLevel LogLevelOff => Microsoft.Extensions.Logging.LogLevel.None;

    public Task<Guid> StartRunAsync(params int[] guests) => Runs.StartAsync(Job(guests), "alice", CancellationToken.None);

    public async Task<Run> FindAsync(Guid run) => await Runs.FindAsync(run, CancellationToken.None) ?? throw new InvalidOperationException("no such run");

    public Task<Run> WaitForAsync(Guid run, RunState state) => WaitForAsync(run, found => found.State == state);

    public async Task<Run> WaitForAsync(Guid run, Func<Run, bool> condition)
    {
        var found = await FindAsync(run);
        await EventuallyAsync(async () => condition(found = await FindAsync(run)), () => $"The run is {found}");
        return found;
    }

    public static async Task EventuallyAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Deadline, otherwise());
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>As when the program is asked to end.</summary>
    public Task StopAsync() => _host.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Stage.EndAll();
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    public static BackupJob Job(params int[] guests) => new() { Selection = new GuestSelection.Ids([.. guests.Select(Guest)]) };

    public static GuestId Guest(int id) => GuestId.Parse(id.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
