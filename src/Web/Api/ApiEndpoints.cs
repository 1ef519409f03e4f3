using Microsoft.AspNetCore.Antiforgery;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class ApiEndpoints
{
    /// <summary>The one version that there is, and its document.</summary>
    public const string Version = "v1";

    extension(WebApplication app)
    {
        /// <summary>The REST API under <c>/api/v1</c>, its description, and what monitoring asks for.</summary>
        public void MapApi()
        {
            var api = app.MapGroup($"/api/{Version}").RequireAuthorization(Policies.View).AddEndpointFilter<ApiManners>().DisableAntiforgery()
                .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status429TooManyRequests);
            api.MapGet("/me", (Caller caller) => new MeAnswer(caller.Rights.Who, caller.Rights.Role.ToString()!, caller.Rights.Guests?.Select(guest => guest.Value).Order().ToList()))
                .WithSummary("Who calls, and with which rights").WithTags("me");
            api.MapGet("/antiforgery", (HttpContext http, IAntiforgery antiforgery) => new AntiforgeryAnswer(ApiManners.TokenHeader, antiforgery.GetAndStoreTokens(http).RequestToken))
                .WithSummary("What a caller with a cookie must send with each change").WithTags("me");
            api.MapGuests();
            api.MapJobs();
            api.MapRunCalls();
            api.MapArchives();
            api.MapBrowsing();
            api.MapDisks();
            api.MapPutBack();
            api.MapUploads();
            api.MapRestores();
            api.MapDefaults();
            api.MapStorages();
            app.MapOpenApi("/api/{documentName}/openapi.json").RequireAuthorization(Policies.View);
            app.MapGet("/metrics", Metrics.WriteAsync).RequireAuthorization(Policies.View).ExcludeFromDescription();
        }
    }
}

/// <param name="Guests">VMIDs; null for all.</param>
internal sealed record MeAnswer(string Who, string Role, IReadOnlyList<int>? Guests);

internal sealed record AntiforgeryAnswer(string Header, string? Token);
