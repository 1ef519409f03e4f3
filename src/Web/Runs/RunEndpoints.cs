using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

internal static class RunEndpoints
{
    extension(WebApplication app)
    {
        public void MapRuns()
        {
            app.MapHub<RunsHub>("/hubs/runs").RequireAuthorization(Policies.View);
            app.MapGet("/runs/{run:guid}/log.txt", (Guid run, RunDesk runs, RightsBook book, HttpContext context) => RunLogText.WriteAsync(runs, book, run, context)).RequireAuthorization(Policies.View);
        }
    }
}
