using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;

namespace VzDump.Web.SignIn;

/// <summary>How long a password must be, when sign-in rests, and what the cookies may do.</summary>
internal static class IdentityRules
{
    public const int ShortestPassword = 10, LongestPassword = 256;

    // Between the password and the second factor.
    private static readonly TimeSpan HalfWay = TimeSpan.FromMinutes(5);

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
        identity.Tokens.ProviderMap[AuthenticatorCodes.Provider] = new TokenProviderDescriptor(typeof(AuthenticatorCodes));
        identity.Tokens.AuthenticatorTokenProvider = AuthenticatorCodes.Provider;
    }

    /// <summary>The cookie of who is signed in.</summary>
    public static void Apply(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "vzdump-web";
        Harden(cookie);
        cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
        cookie.SlidingExpiration = true;
        cookie.LoginPath = "/signin";
        cookie.AccessDeniedPath = "/not-found";
        cookie.ReturnUrlParameter = "returnUrl";

        // A program wants the status and a sentence, not a page for people.
        var (toSignIn, toNotFound) = (cookie.Events.OnRedirectToLogin, cookie.Events.OnRedirectToAccessDenied);
        cookie.Events.OnRedirectToLogin = context => TokenSignIn.IsForPrograms(context.Request.Path) ? context.HttpContext.ChallengeAsync(TokenSignIn.SchemeName) : toSignIn(context);
        cookie.Events.OnRedirectToAccessDenied = context => TokenSignIn.IsForPrograms(context.Request.Path) ? context.HttpContext.ForbidAsync(TokenSignIn.SchemeName) : toNotFound(context);

        // Signed out everywhere, disabled or gone: the cookie is worth nothing from the next request on.
        cookie.Events.OnValidatePrincipal = async context =>
        {
            var book = context.HttpContext.RequestServices.GetRequiredService<RightsBook>();
            if (context.Principal is null || (await book.OfAsync(context.Principal, context.HttpContext.RequestAborted)).Role is null)
            {
                context.RejectPrincipal();
            }
        };
    }

    /// <summary>The cookie of who has given his password, and not yet his code.</summary>
    public static void ApplyHalfWay(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "vzdump-web-code";
        Harden(cookie);
        cookie.ExpireTimeSpan = HalfWay;
    }

    private static void Harden(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Strict;
    }
}
