using VzDump.Engine.Backups;
using VzDump.Jobs.Runs;

namespace VzDump.Web.SignIn;

/// <summary>On whose behalf a run works: that of who started it, with the rights that he has when its turn comes.</summary>
internal sealed class TermsOfRuns(RightsBook book)
{
    public async Task<RunTerms> ForAsync(Run run, CancellationToken cancellation)
    {
        // A schedule was set up by an administrator, and only administrators come into Hangfire's dashboard.
        if (run.Trigger is RunTrigger.Schedule or RunTrigger.CatchUp || run.StartedBy == Run.HangfireDashboard)
        {
            return new RunTerms();
        }

        var rights = await book.OfAsync(run.StartedBy, cancellation);
        return new RunTerms { MayBackUp = guest => rights.May(Role.Operator, guest), IsPrivileged = rights.AdministersNode };
    }
}
