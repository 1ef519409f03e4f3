using VzDump.Engine.Guests;
using VzDump.Engine.Samples;
using VzDump.Engine.Storages;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;

namespace VzDump.Web.Shell;

/// <summary>The other projects' registration doors.</summary>
internal static class Doors
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddDoors(DataFolder data) => services
            .AddSingleton<GuestInventory>().AddSingleton<ArchiveCatalogue>().AddSingleton<StorageInventory>().AddSingleton<SampleGuests>()
            .AddSingleton<BackupRuns>().AddSingleton<RunFeed>();
    }
}
