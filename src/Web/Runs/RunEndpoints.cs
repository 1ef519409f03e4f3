using VzDump.Jobs.Live;

namespace VzDump.Web.Runs;

internal static class RunEndpoints
{
    extension(WebApplication app)
    {
        public void MapRuns()
        {
            app.MapHub<RunsHub>("/hubs/runs");
            app.MapGet("/runs/{run:guid}/log.txt", (Guid run, RunFeed feed, HttpContext context) => RunLogText.WriteAsync(feed, run, context));
        }
    }
}
