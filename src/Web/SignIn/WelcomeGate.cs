using Microsoft.AspNetCore.Authorization;

namespace VzDump.Web.SignIn;

/// <summary>While nobody can sign in, every page leads to the welcome page; afterwards there is no such page.</summary>
internal sealed class WelcomeGate(RequestDelegate next, Installation installation)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var welcome = context.Request.Path.Equals("/welcome", StringComparison.OrdinalIgnoreCase);
        if (!welcome && IsOpenToAll(context))
        {
            await next(context);
            return;
        }

        switch (await installation.HasPeopleAsync(context.RequestAborted), welcome)
        {
            case (true, true):
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
            case (false, false):
                context.Response.Redirect("/welcome");
                break;
            default:
                await next(context);
                break;
        }
    }

    // Style sheets and the health answer; the sign-in page is of no use before there is somebody to sign in.
    private static bool IsOpenToAll(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
        && !context.Request.Path.Equals("/signin", StringComparison.OrdinalIgnoreCase);
}
