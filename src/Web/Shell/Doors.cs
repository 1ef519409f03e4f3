using VzDump.Engine;
using VzDump.Engine.Backups;
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
            .AddHostedService<GuestRecovery>()
            .AddJobs(new JobsOptions { DataFolder = data.Path });
    }

    extension(IServiceProvider services)
    {
        /// <summary>False, with a sentence on the console, when another program works with the data folder.</summary>
        public bool TryClaimDataFolder()
        {
            try
            {
                services.GetRequiredService<EngineInstance>().Claim();
                return true;
            }
            catch (Exception error) when (error is ProblemException or IOException)
            {
                Console.Error.WriteLine(error.Message);
                return false;
            }
        }

        public async Task PrepareDoorsAsync()
        {
            try
            {
                await services.GetRequiredService<SampleGuests>().MakeOnFirstStartAsync(CancellationToken.None);
            }
            catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
            {
                // The dashboard works without samples; the next start tries again.
                services.GetRequiredService<ILogger<SampleGuests>>().SamplesNotMade(error);
            }
        }
    }
}
