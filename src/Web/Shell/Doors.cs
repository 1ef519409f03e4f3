using VzDump.Engine;
using VzDump.Engine.Samples;
using VzDump.Jobs;

namespace VzDump.Web.Shell;

/// <summary>The other projects' registration doors, and what they want done before the first visitor comes.</summary>
internal static class Doors
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddDoors(DataFolder data) => services
            .AddEngine(data.Path)
            .AddJobs(new JobsOptions { DataFolder = data.Path });
    }

    extension(IServiceProvider services)
    {
        public async Task PrepareDoorsAsync() =>
            await services.GetRequiredService<SampleGuests>().MakeOnFirstStartAsync(CancellationToken.None);
    }
}
