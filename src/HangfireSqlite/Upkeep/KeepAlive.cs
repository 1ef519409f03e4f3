using Hangfire.Server;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Upkeep;

/// <summary>Gives the sign of life for all jobs that workers of this process have, so that a long job stays with its worker.</summary>
internal sealed class KeepAlive(Database database) : IBackgroundProcess
{
    private const int SignsInATimeout = 5;

    public void Execute(BackgroundProcessContext context)
    {
        if (database.Fetched.All is { Count: > 0 } jobs)
        {
            database.Writer.Do(handle =>
            {
                foreach (var job in jobs)
                {
                    job.RenewIn(handle);
                }
            });
        }

        context.Wait(database.Options.InvisibilityTimeout / SignsInATimeout);
    }

    public override string ToString() => nameof(KeepAlive);
}
