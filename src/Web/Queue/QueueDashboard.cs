using Hangfire;
using Hangfire.Dashboard;
using Microsoft.AspNetCore.Authorization;
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
                Authorization = [],
                AsyncAuthorization = [new AdministratorsOnly()],
                DashboardTitle = "VzDump.Web: job queue",
                DisplayStorageConnectionString = false,
                AppPath = "/",
            })
            // Without this a stranger gets Hangfire's bare 401 instead of the sign-in page.
            .RequireAuthorization(Policies.Administer);
    }

    // Hangfire's own filter, which by default lets everybody in from this host. Who may is said by the endpoint's policy.
    private sealed class AdministratorsOnly : IDashboardAsyncAuthorizationFilter
    {
        public async Task<bool> AuthorizeAsync(DashboardContext context)
        {
            var http = context.GetHttpContext();
            return (await http.RequestServices.GetRequiredService<IAuthorizationService>().AuthorizeAsync(http.User, Policies.Administer)).Succeeded;
        }
    }
}
