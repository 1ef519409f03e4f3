using VzDump.Web.Backups;
using VzDump.Web.Guests;
using VzDump.Web.SavedJobs;

namespace VzDump.Web.Shell;

internal static class Subjects
{
    extension(IServiceCollection services)
    {
        /// <summary>What the pages read and do, one small service a subject.</summary>
        public IServiceCollection AddSubjects() => services
            .AddScoped<GuestBoard>()
            .AddScoped<BackupNow>()
            .AddScoped<JobBoard>()
            .AddScoped<JobEditing>();
    }
}
