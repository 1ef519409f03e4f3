using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;

namespace VzDump.Web.SignIn;

/// <summary>How long a password must be, when sign-in rests, and what the cookie may do.</summary>
internal static class IdentityRules
{
    public const int ShortestPassword = 10, LongestPassword = 256;

    public static void Apply(IdentityOptions identity)
    {
        // Length is what protects; rules on its composition only make passwords harder to remember.
        identity.Password.RequiredLength = ShortestPassword;
        identity.Password.RequireDigit = false;
        identity.Password.RequireLowercase = false;
        identity.Password.RequireUppercase = false;
        identity.Password.RequireNonAlphanumeric = false;
        identity.Lockout.MaxFailedAccessAttempts = 5;
        identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
    }

    public static void Apply(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "vzdump-web";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Strict;
        cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
        cookie.SlidingExpiration = true;
        cookie.LoginPath = "/signin";
        cookie.AccessDeniedPath = "/not-found";
        cookie.ReturnUrlParameter = "returnUrl";
        // A program that calls a hub wants the status, not a page for people.
        var toSignIn = cookie.Events.OnRedirectToLogin;
        cookie.Events.OnRedirectToLogin = context =>
        {
            if (!context.Request.Path.StartsWithSegments("/hubs", StringComparison.OrdinalIgnoreCase) && !context.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase))
            {
                return toSignIn(context);
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        };
    }
}
