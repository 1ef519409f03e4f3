using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Storage.SQLite;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;
using VzDump.Engine.Notifications;
using VzDump.Engine.Restores;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Checks;
using VzDump.Jobs.History;
using VzDump.Jobs.Imports;
using VzDump.Jobs.Live;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Scheduling;
using VzDump.Jobs.Settings;
using VzDump.Jobs.StorageUse;
using VzDump.Jobs.Store;

namespace VzDump.Jobs;

/// <summary>The registration door of this project. It needs a <see cref="BackupEngine"/>, or another <see cref="RunBackup"/> registered before.</summary>
public static class JobsServices
{
    // What comes after a run's clean-up: its end is written, mail is noted, connections are closed.
    private static readonly TimeSpan AfterCleanUp = TimeSpan.FromMinutes(1);

    extension(IServiceProvider services)
    {
        /// <summary>Makes sure that no other program uses a shared database; for whoever is about to change it before the host starts.</summary>
        /// <exception cref="Engine.ProblemException">Another program uses the database, or it cannot be reached.</exception>
        public Task ClaimDatabaseAsync(CancellationToken cancellation) => services.GetRequiredService<DatabaseClaim>().StartAsync(cancellation);
    }

    extension(IServiceCollection services)
    {
        /// <summary>Adds runs, their queue and their live view: <see cref="BackupRuns"/> and <see cref="RunFeed"/>.</summary>
        public IServiceCollection AddJobs(JobsOptions options)
        {
            services.AddSingleton(options);
            services.TryAddSingleton(TimeProvider.System);
            services.TryAddTransient<RunBackup>(provider => provider.GetRequiredService<BackupEngine>().RunAsync);
            services.TryAddTransient<RunRestore>(provider => (request, events, cancellation) => provider.GetRequiredService<RestoreEngine>().RunAsync(request, events, cancellation));
            services.TryAddTransient<RunVerify>(provider => (path, guest, events, cancellation) => provider.GetRequiredService<ArchiveCheck>().RunAsync(path, guest, events, cancellation));
            services.TryAddTransient<RunPutBack>(provider => (request, events, cancellation) => provider.GetRequiredService<PutBackEngine>().RunAsync(request, events, cancellation));
            services.TryAddTransient<RunTrial>(provider => (request, guest, events, cancellation) => provider.GetRequiredService<RestoreTrial>().RunAsync(request, guest, events, cancellation));
            services.AddTransient<RunEngines>();
            services.TryAddSingleton<FindRunTerms>((_, _) => Task.FromResult(new RunTerms()));
            services.AddSingleton<JobsDatabase>().AddSingleton<RunStore>().AddSingleton<RunLogFiles>();
            services.AddSingleton<RunChanges>().AddSingleton<LiveRuns>().AddSingleton<RunRecorder>();
            services.AddSingleton<RunQueue>().AddSingleton<RunStopper>().AddSingleton<RunStateFilter>();
            services.AddSingleton<RunStarter>().AddSingleton<RunRetries>();
            services.AddSingleton(provider => new Lazy<RunRetries>(provider.GetRequiredService<RunRetries>));
            services.AddSingleton(provider => new BackupRuns(
                provider.GetRequiredService<RunStore>(),
                provider.GetRequiredService<RunStarter>(),
                provider.GetRequiredService<RunRetries>(),
                provider.GetRequiredService<RunQueue>(),
                provider.GetRequiredService<RunStopper>(),
                provider.GetRequiredService<LiveRuns>(),
                provider.GetRequiredService<AuditTrail>(),
                provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton(provider => new RunFeed(
                provider.GetRequiredService<BackupRuns>(),
                provider.GetRequiredService<RunLogFiles>(),
                provider.GetRequiredService<RunChanges>(),
                provider.GetRequiredService<TimeProvider>()));

            services.AddSingleton<JobStore>().AddSingleton<JobAlarm>().AddTransient<ScheduleRunner>().AddSingleton<JobSchedules>();
            services.AddImports();
            services.AddSingleton(provider => new BackupJobs(
                provider.GetRequiredService<JobStore>(),
                provider.GetRequiredService<Takeovers>(),
                provider.GetRequiredService<JobSchedules>(),
                provider.GetRequiredService<RunStarter>(),
                provider.GetRequiredService<RunChanges>(),
                provider.GetRequiredService<TimeProvider>()));

            services.AddSingleton(provider => new AuditTrail(provider.GetRequiredService<JobsDatabase>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton(provider => new ProductSettings(provider.GetRequiredService<JobsDatabase>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<StorageHistory>();
            services.AddSingleton(provider => new PastBackups(
                provider.GetRequiredService<StorageHistory>(), provider.GetRequiredService<RunStore>(), provider.GetRequiredService<LiveRuns>()));

            services.AddSingleton(provider => new ArchiveChecks(provider.GetRequiredService<RunStore>()));
            services.AddSingleton(provider => new RestoreProofs(provider.GetRequiredService<RunStore>()));
            services.AddChecks();
            services.TryAddSingleton<ListStorages>(provider => cancellation => provider.GetRequiredService<StorageInventory>().ListAsync(cancellation));
            services.AddSingleton<StorageSampling>().AddSingleton(provider => new StorageTrends(provider.GetRequiredService<JobsDatabase>(), provider.GetRequiredService<TimeProvider>()));

            services.AddMail();

            services.AddOptions<HistoryOptions>().BindConfiguration("History").ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<HistoryLimit>();

            // Before anything touches the database.
            services.AddSingleton(provider => new DatabaseClaim(
                provider.GetRequiredService<JobsOptions>(), provider.GetService<IHostApplicationLifetime>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DatabaseClaim>>()));
            services.AddHostedService(provider => provider.GetRequiredService<DatabaseClaim>());

            // Before the servers: it leaves no run in a state that a server could meet.
            services.AddSingleton<RunRecovery>().AddHostedService(provider => provider.GetRequiredService<RunRecovery>());

            // After it, so that the runs which it closes have their mail, and before the servers, so that no run has begun.
            services.AddHostedService<MailService>();
            services.AddHostedService<ScheduleWatch>();
            services.AddHostedService<CheckWatch>();
            services.AddHostedService<HistoryUpkeep>();
            services.AddHostedService<StorageWatch>();
            return services.AddBackupQueue();
        }

        private void AddImports()
        {
            // The engine's, where it is there too.
            services.AddOptions<EngineOptions>().PostConfigure<JobsOptions>((engine, jobs) => engine.DataFolder = engine.DataFolder.Length > 0 ? engine.DataFolder : jobs.DataFolder);
            services.TryAddSingleton<NodePaths>();
            services.TryAddSingleton<ConfigFiles>();
            services.AddSingleton<JobOriginals>().AddSingleton<Takeovers>();
            services.AddSingleton(provider => new JobImports(
                provider.GetRequiredService<JobOriginals>(),
                provider.GetRequiredService<Takeovers>(),
                provider.GetRequiredService<JobStore>(),
                provider.GetRequiredService<JobSchedules>(),
                provider.GetRequiredService<TimeProvider>()));
        }

        private void AddChecks()
        {
            services.TryAddSingleton<ListArchives>(provider => (storages, cancellation) => storages is null
                ? provider.GetRequiredService<ArchiveCatalogue>().ListAsync(cancellation)
                : provider.GetRequiredService<ArchiveCatalogue>().ListAsync(storages, cancellation));
            services.TryAddSingleton<FindArchive>(provider => (archive, cancellation) => provider.GetRequiredService<ArchiveCatalogue>().FindAsync(archive, cancellation));
            services.AddSingleton<CheckSteps>();
            services.AddSingleton<RoundRuntime>();
            services.AddSingleton(provider => new ScheduledChecks(provider.GetRequiredService<ArchiveChecks>(), provider.GetRequiredService<RoundRuntime>()));
            services.AddSingleton(provider => new ScheduledTrials(provider.GetRequiredService<RestoreProofs>(), provider.GetRequiredService<RoundRuntime>()));
        }

        private void AddMail()
        {
            services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations().ValidateOnStart();
            services.TryAddTransient<FindNotificationRule>(provider => provider.GetRequiredService<NotificationRules>().ForAsync);
            services.TryAddSingleton(new HostPrograms());
            services.AddDataProtection();
            services.AddSingleton(provider => new MailSettings(
                provider.GetRequiredService<IOptionsMonitor<MailOptions>>(), provider.GetRequiredService<ProductSettings>(), provider.GetRequiredService<IDataProtectionProvider>()));
            services.AddSingleton(provider => new MailTrial(
                provider.GetRequiredService<FindNotificationRule>(), provider.GetRequiredService<MailTransport>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<MailOutbox>().AddSingleton<RunMails>();
            services.AddSingleton<SmtpSending>().AddSingleton<SendmailSending>().AddSingleton<MailTransport>();
            services.AddSingleton(provider => new RunReports(provider.GetRequiredService<RunLogFiles>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<LateLines>().AddSingleton<MailDelivery>();
        }

        private IServiceCollection AddBackupQueue()
        {
            // Not by UseSQLiteStorage, nor the next two by their defaults: all these are static, and two hosts in one process would share
            // the last one's.
            services.TryAddSingleton<JobStorage>(provider => QueueOf(provider.GetRequiredService<JobsOptions>()));
            services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
            services.AddSingleton<IJobFilterProvider>(provider => new RunFilters(provider.GetRequiredService<RunStateFilter>()));
            services.AddHangfire(hangfire => hangfire
                .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
                .UseSimpleAssemblyNameTypeSerializer()
                .UseRecommendedSerializerSettings());

            services.AddOptions<HostOptions>().Configure<IOptions<EngineOptions>>((host, engine) => host.ShutdownTimeout = TimeToEnd(engine.Value));

            // Two servers, because a due time must not wait behind a backup. The first one also moves what is due into its queue.
            services.AddHangfireServer(server =>
            {
                server.ServerName = $"schedule:{Environment.MachineName}";
                server.Queues = [JobAlarm.Queue];
                server.WorkerCount = 1;
                server.SchedulePollingInterval = TimeSpan.FromSeconds(1);
            });
            return services.AddHangfireServer((provider, server) =>
            {
                server.ServerName = $"backups:{Environment.MachineName}";
                server.IsLightweightServer = true;
                server.Queues = [RunQueue.Name];
                server.WorkerCount = 1; // one run at a time works on a node
                server.ShutdownTimeout = TimeToEnd(provider.GetRequiredService<IOptions<EngineOptions>>().Value);
                server.CancellationCheckInterval = TimeSpan.FromSeconds(1);
            });
        }
    }

    // A guest may have to be started again, and a snapshot of it removed, before the program may end.
    private static TimeSpan TimeToEnd(EngineOptions engine) => engine.CleanUpLimit + AfterCleanUp;

    private static JobStorage QueueOf(JobsOptions options)
    {
        if (options.PostgreSql is not { } connection)
        {
            return new SQLiteStorage(options.QueueFile);
        }

        // Without the sliding timeout it calls a job again that takes longer than half an hour, and most backups do.
        var postgres = new PostgreSqlStorageOptions { UseSlidingInvisibilityTimeout = true, QueuePollInterval = TimeSpan.FromSeconds(1), EnableLongPolling = true };
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(connection, postgres), postgres);
    }

    // Hangfire's own filters (attributes among them), and ours.
    private sealed class RunFilters(RunStateFilter filter) : IJobFilterProvider
    {
        private readonly JobFilterProviderCollection _providers = new([.. JobFilterProviders.Providers, new Ours(filter)]);

        public IEnumerable<JobFilter> GetFilters(Job job) => _providers.GetFilters(job);

        private sealed class Ours(RunStateFilter filter) : IJobFilterProvider
        {
            public IEnumerable<JobFilter> GetFilters(Job job) => [new(filter, JobFilterScope.Global, order: null)];
        }
    }
}
