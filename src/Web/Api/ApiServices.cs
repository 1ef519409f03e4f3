using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class ApiServices
{
    extension(IServiceCollection services)
    {
        /// <summary>The API's description, and how often somebody may call.</summary>
        public IServiceCollection AddApi()
        {
            services.AddOptions<CallLimits>().BindConfiguration("Limits").ValidateDataAnnotations().ValidateOnStart();
            services.AddProblemDetails();
            services.AddOpenApi(ApiEndpoints.Version, openApi =>
            {
                openApi.ShouldInclude = call => call.RelativePath?.StartsWith("api/", StringComparison.Ordinal) is true; // not what pages use
                openApi.AddDocumentTransformer(DescribeAsync);
            });
            return services.AddRateLimiter(limiter =>
            {
                limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(LimitOf);
                limiter.OnRejected = RefuseAsync;
            });
        }
    }

    private static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new OpenApiInfo { Title = "VzDump.Web", Version = ApiEndpoints.Version, Description = "Backups of this node's guests. Times are ISO 8601, sizes bytes. Errors are problem details (RFC 9457)." };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        document.Components.SecuritySchemes[TokenSignIn.SchemeName] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token: 'vzd_' and 40 letters." };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(TokenSignIn.SchemeName, document)] = [] }];
        return Task.CompletedTask;
    }

    // Passwords, codes and the one-time code by address; calls by whose they are, and by address while that is not known.
    private static RateLimitPartition<string> LimitOf(HttpContext context)
    {
        var limits = context.RequestServices.GetRequiredService<Microsoft.Extensions.Options.IOptions<CallLimits>>().Value;
        var path = context.Request.Path;
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (HttpMethods.IsPost(context.Request.Method) && (path.StartsWithSegments("/signin", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/welcome", StringComparison.OrdinalIgnoreCase)))
        {
            return RateLimitPartition.GetFixedWindowLimiter($"sign-in {address}", _ => PerMinute(limits.SignInsPerMinute));
        }

        return path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase)
            ? RateLimitPartition.GetFixedWindowLimiter(
                $"call {context.User.FindFirstValue(TokenClaims.Id) ?? context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? address}", _ => PerMinute(limits.CallsPerMinute))
            : RateLimitPartition.GetNoLimiter("");
    }

    private static FixedWindowRateLimiterOptions PerMinute(int count) => new() { PermitLimit = count, Window = TimeSpan.FromMinutes(1) };

    private static async ValueTask RefuseAsync(Microsoft.AspNetCore.RateLimiting.OnRejectedContext rejected, CancellationToken cancellation)
    {
        var seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 60;
        rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await Results.Problem($"Try again in {seconds} seconds.", statusCode: StatusCodes.Status429TooManyRequests, title: "Too many calls.").ExecuteAsync(rejected.HttpContext);
    }
}
