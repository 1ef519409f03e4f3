using Hangfire;
using Hangfire.Dashboard;
using VzDump.Web.SignIn;

namespace VzDump.Web.Queue;

internal static class QueueDashboard
{
    extension(WebApplication app)
    {
        /// <summary>Hangfire's own dashboard, for administrators.</summary>
        public void MapQueue() => app
            .MapHangfireDashboard("/hangfire", new DashboardOptions
            {
                Authorization = [new AdministratorsOnly()],
                DashboardTitle = "VzDump.Web: job queue",
                DisplayStorageConnectionString = false,
                AppPath = "/",
            })
            // Without this a stranger gets Hangfire's bare 401 instead of the sign-in page.
            .RequireAuthorization(policy => policy.RequireRole(Roles.Administrator));
    }

    private sealed class AdministratorsOnly : IDashboardAuthorizationFilter
    {
        public bool Authorize(DashboardContext context) => context.GetHttpContext().User.IsInRole(Roles.Administrator);
    }
}
