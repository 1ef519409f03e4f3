using Microsoft.AspNetCore.Antiforgery;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

/// <summary>What every call of the API has in common: how it says what went wrong, and that a cookie alone changes nothing.</summary>
internal sealed class ApiManners(IAntiforgery antiforgery, ILogger<ApiManners> log) : IEndpointFilter
{
    public const string TokenHeader = "RequestVerificationToken";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;

        // A foreign page can make a browser send its cookie, but it cannot read the value that has to come with it.
        if (!IsSafe(http.Request.Method) && !http.User.HasClaim(claim => claim.Type == TokenClaims.Id) && !await antiforgery.IsRequestValidAsync(http))
        {
            return Problem(StatusCodes.Status400BadRequest, "The antiforgery token is missing.", $"With a cookie, send the value of GET /api/v1/antiforgery as the header '{TokenHeader}'. Or call with an API token.");
        }

        try
        {
            return await next(context);
        }
        catch (ProblemException problem)
        {
            return Problem(StatusCodes.Status409Conflict, "It cannot be done.", problem.Message);
        }
        catch (Exception error) when (error is not OperationCanceledException and not BadHttpRequestException)
        {
            log.ApiFailed(error, http.Request.Path);
            return Problem(StatusCodes.Status500InternalServerError, "The server ran into trouble.", "Backups that are running go on. The server's log says more.");
        }
    }

    public static IResult NotFound(string what) => Problem(StatusCodes.Status404NotFound, "There is none.", $"There is no such {what}, or it is not for you.");

    /// <summary>Which options are not allowed, by vzdump's names.</summary>
    public static IResult Invalid(IEnumerable<OptionProblem> problems) => Invalid(problems.Select(problem => (problem.Field, problem.Message)));

    public static IResult Invalid(IEnumerable<(string Field, string Sentence)> problems) => TypedResults.ValidationProblem(
        problems.GroupBy(problem => problem.Field, StringComparer.Ordinal).ToDictionary(field => field.Key, field => field.Select(problem => problem.Sentence).Distinct(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal),
        title: "What was sent is not allowed.");

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static IResult Problem(int status, string title, string detail) => TypedResults.Problem(detail, statusCode: status, title: title);
}
