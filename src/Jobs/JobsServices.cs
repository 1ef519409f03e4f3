using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.Common;
using Hangfire.Storage.SQLite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using VzDump.Engine.Backups;
using VzDump.Engine.Host;
using VzDump.Engine.Notifications;
using VzDump.Jobs.Live;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs;

/// <summary>The registration door of this project. It needs a <see cref="BackupEngine"/>, or another <see cref="RunBackup"/> registered before.</summary>
public static class JobsServices
{
    // A guest may have to be resumed, and a snapshot of it removed, before the program may end.
    private static readonly TimeSpan CleanUpTime = TimeSpan.FromMinutes(5);

    extension(IServiceCollection services)
    {
        /// <summary>Adds runs, their queue and their live view: <see cref="BackupRuns"/> and <see cref="RunFeed"/>.</summary>
        public IServiceCollection AddJobs(JobsOptions options)
        {
            services.AddSingleton(options);
            services.TryAddSingleton(TimeProvider.System);
            services.TryAddTransient<RunBackup>(provider => provider.GetRequiredService<BackupEngine>().RunAsync);
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
                provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton(provider => new RunFeed(
                provider.GetRequiredService<BackupRuns>(),
                provider.GetRequiredService<RunLogFiles>(),
                provider.GetRequiredService<RunChanges>(),
                provider.GetRequiredService<TimeProvider>()));

            services.AddMail();

            // Before the server: it leaves no run in a state that a server could meet.
            services.AddHostedService<RunRecovery>();

            // After it, so that the runs which it closes have their mail, and before the server, so that no run has begun.
            services.AddHostedService<MailService>();
            return services.AddBackupQueue();
        }

        private void AddMail()
        {
            services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations().ValidateOnStart();
            services.TryAddTransient<FindNotificationRule>(provider => provider.GetRequiredService<NotificationRules>().ForAsync);
            services.TryAddSingleton(new HostPrograms());
            services.AddSingleton<MailSettings>().AddSingleton<MailOutbox>().AddSingleton<RunMails>();
            services.AddSingleton<SmtpSending>().AddSingleton<SendmailSending>();
            services.AddSingleton<RunReports>().AddSingleton<LateLines>().AddSingleton<MailDelivery>();
        }

        private IServiceCollection AddBackupQueue()
        {
            // Not by UseSQLiteStorage, nor the next two by their defaults: all these are static, and two hosts in one process would share
            // the last one's.
            services.TryAddSingleton<JobStorage>(provider => new SQLiteStorage(provider.GetRequiredService<JobsOptions>().QueueFile));
            services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
            services.AddSingleton<IJobFilterProvider>(provider => new RunFilters(provider.GetRequiredService<RunStateFilter>()));
            services.AddHangfire(hangfire => hangfire
                .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
                .UseSimpleAssemblyNameTypeSerializer()
                .UseRecommendedSerializerSettings());

            services.Configure<HostOptions>(host => host.ShutdownTimeout = CleanUpTime);
            return services.AddHangfireServer(server =>
            {
                server.Queues = [RunQueue.Name];
                server.WorkerCount = 1; // one run at a time works on a node
                server.ShutdownTimeout = CleanUpTime;
                server.CancellationCheckInterval = TimeSpan.FromSeconds(1);
            });
        }
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
