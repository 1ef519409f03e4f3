using VzDump.Web.Archives;
using VzDump.Web.Backups;
using VzDump.Web.Browsing;
using VzDump.Web.Checks;
using VzDump.Web.Conf;
using VzDump.Web.Disks;
using VzDump.Web.Guests;
using VzDump.Web.Mail;
using VzDump.Web.OptionForms;
using VzDump.Web.Overview;
using VzDump.Web.People;
using VzDump.Web.Proofs;
using VzDump.Web.Restores;
using VzDump.Web.Runs;
using VzDump.Web.SavedJobs;
using VzDump.Web.Shortcuts;
using VzDump.Web.Storages;
using VzDump.Web.Uploads;

namespace VzDump.Web.Shell;

internal static class Subjects
{
    extension(IServiceCollection services)
    {
        /// <summary>What the pages read and do, one small service a subject.</summary>
        public IServiceCollection AddSubjects() => services
            .AddScoped<OverviewBoard>()
            .AddScoped<RestoreDesk>()
            .AddSingleton<RunDesk>()
            .AddSingleton<PrintedRuns>()
            .AddSingleton<ArchiveDesk>()
            .AddSingleton<BrowseDesk>()
            .AddSingleton<PutBackDesk>()
            .AddSingleton<UploadDesk>()
            .AddHostedService<UploadUpkeep>()
            .AddSingleton<DiskDesk>()
            .AddHostedService<DiskUpkeep>()
            .AddSingleton<PeopleDesk>()
            .AddSingleton<TokenDesk>()
            .AddSingleton<JobDesk>()
            .AddSingleton<OptionReading>()
            .AddSingleton<DefaultsFile>()
            .AddSingleton<StorageDesk>()
            .AddSingleton<MailDesk>()
            .AddSingleton<CheckDesk>()
            .AddSingleton<ProofDesk>()
            .AddScoped<ArchiveBin>()
            .AddScoped<ArchiveWork>()
            .AddScoped<GuestDesk>()
            .AddScoped<GuestBoard>()
            .AddScoped<BackupNow>()
            .AddScoped<ShortcutServices>()
            .AddScoped<JobEditing>();
    }
}
