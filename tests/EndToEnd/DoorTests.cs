using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace VzDump.Tests.EndToEnd;

/// <summary>Nothing is open by oversight: every page, hub and endpoint names the policy that it wants, or is one of the few for everybody.</summary>
public sealed class DoorTests
{
    private static readonly string[] OpenPages = ["/error", "/not-found", "/signin", "/signin/code", "/welcome"];
    private static readonly string[] Policies = [.. typeof(VzDump.Web.SignIn.Policies).GetFields().Select(field => (string)field.GetRawConstantValue()!)];

    [Fact]
    public void Every_page_names_a_policy_or_is_one_of_the_few_for_everybody()
    {
        var pages = typeof(Program).Assembly.GetTypes().Where(type => type.GetCustomAttributes<RouteAttribute>().Any()).ToList();
        Assert.True(pages.Count > 8);
        Assert.All(pages, page =>
        {
            var routes = page.GetCustomAttributes<RouteAttribute>().Select(route => route.Template).ToList();
            if (page.GetCustomAttribute<AllowAnonymousAttribute>() is not null)
            {
                Assert.All(routes, route => Assert.Contains(route, OpenPages));
            }
            else
            {
                Assert.Contains(page.GetCustomAttributes<AuthorizeAttribute>(), wanted => Policies.Contains(wanted.Policy));
            }
        });
    }

    [Fact]
    public void Every_hub_names_a_policy()
    {
        var hubs = typeof(Program).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Hub))).ToList();
        Assert.NotEmpty(hubs);
        Assert.All(hubs, hub => Assert.Contains(hub.GetCustomAttributes<AuthorizeAttribute>(), wanted => Policies.Contains(wanted.Policy)));
    }

    [Fact]
    public void Every_endpoint_of_the_running_program_names_a_policy_or_is_one_of_the_few_for_everybody()
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-doors-").FullName;
        try
        {
            using var program = new WebApplicationFactory<Program>().WithWebHostBuilder(host => host
                .UseSetting("Data", folder).UseSetting("Urls", "http://127.0.0.1:0").UseSetting("Engine:ProxmoxFolder", $"{folder}/none")
                .UseSetting("Engine:NodeLock", $"{folder}/node.lock").UseSetting("Engine:LxcFolders:0", $"{folder}/lxc-native"));
            var endpoints = program.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
            Assert.True(endpoints.Count > 40, $"only {endpoints.Count} endpoints");
            var bad = endpoints.Where(endpoint => !IsGuarded(endpoint)).Select(endpoint => $"{endpoint.RoutePattern.RawText} ({endpoint.DisplayName})").Distinct().ToList();
            Assert.True(bad.Count == 0, string.Join('\n', bad));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsGuarded(RouteEndpoint endpoint)
    {
        var path = "/" + endpoint.RoutePattern.RawText?.TrimStart('/');
        return endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            ? OpenPages.Contains(path) || path == "/healthz" || endpoint.Metadata.Any(data => data.GetType().Name.Contains("StaticAsset", StringComparison.Ordinal))
            // Blazor's own circuits and scripts, and files that there are not, have none of ours: the fallback policy guards them.
            : path.StartsWith("/_", StringComparison.Ordinal) || path == "/{**path:file}" || endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(wanted => Policies.Contains(wanted.Policy));
    }
}
