using VzDump.Web.Backups;
using VzDump.Web.Guests;
using VzDump.Web.Overview;
using VzDump.Web.Restores;

namespace VzDump.Web.Shell;

internal static class Subjects
{
    extension(IServiceCollection services)
    {
        /// <summary>What the pages read and do, one small service a subject.</summary>
        public IServiceCollection AddSubjects() => services
            .AddScoped<OverviewBoard>()
            .AddScoped<RestoreDesk>()
            .AddScoped<GuestBoard>()
            .AddScoped<BackupNow>();
    }
}
