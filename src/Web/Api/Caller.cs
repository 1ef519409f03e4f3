using System.Reflection;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

/// <summary>Who calls, with the rights of this moment.</summary>
internal sealed record Caller(Rights Rights)
{
    public static async ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        new(await context.RequestServices.GetRequiredService<RightsBook>().OfAsync(context.User, context.RequestAborted));
}
