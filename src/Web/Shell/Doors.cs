using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Samples;
using VzDump.Jobs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Shell;

/// <summary>The other projects' registration doors, and what they want done before the first visitor comes.</summary>
internal static class Doors
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddDoors(JobsOptions jobs) => services
            .AddEngine(jobs.DataFolder)
            .AddHostedService<GuestRecovery>()
            .AddJobs(jobs);
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

        /// <summary>Makes the database, and samples where the host has no guests. False, with a sentence on the console, when the program cannot work.</summary>
        public async Task<bool> TryPrepareAsync()
        {
            try
            {
                await services.ClaimDatabaseAsync(CancellationToken.None); // before it is migrated: another program may be at work in it
                await services.PreparePeopleAsync();
            }
            catch (ProblemException problem)
            {
                await Console.Error.WriteLineAsync(problem.Message);
                return false;
            }

            await services.MakeSamplesAsync();
            return true;
        }

        private async Task MakeSamplesAsync()
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
