using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace VzDump.Web.SignIn;

/// <summary>Lets in who sends a token: <c>Authorization: Bearer vzd_…</c>. To who does not, it answers for programs: a status, no page.</summary>
internal sealed class TokenSignIn(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, PeopleDbContext database, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Token";
    private const string Bearer = "Bearer ";
    private static readonly PathString Hubs = new("/hubs");
    private static readonly TimeSpan UseGrain = TimeSpan.FromMinutes(1);

    /// <summary>Whether programs call there, with a token or with a cookie.</summary>
    public static bool IsForPrograms(PathString path) => path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments(Hubs, StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase);

    /// <summary>The token that a call brings, where tokens are taken; pages take none.</summary>
    public static string? TokenOf(HttpRequest request)
    {
        // A page, and the circuit behind it, takes none.
        if (!IsForPrograms(request.Path) || request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // e.g. Authorization: Bearer vzd_8yXQ…
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return header[Bearer.Length..].Trim();
        }

        // A browser's WebSocket cannot send headers; SignalR's clients put the token here.
        return request.Path.StartsWithSegments(Hubs, StringComparison.OrdinalIgnoreCase) && request.Query["access_token"].ToString() is { Length: > 0 } text ? text : null;
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Request) is not { } text)
        {
            return AuthenticateResult.NoResult();
        }

        var (hash, now) = (ApiToken.HashOf(text), time.GetUtcNow());
        var token = await database.Tokens.AsNoTracking().SingleOrDefaultAsync(known => known.Hash == hash, Context.RequestAborted);
        if (token is null || token.ExpiresAt <= now)
        {
            return AuthenticateResult.Fail(token is null ? "There is no such token." : "The token has expired.");
        }

        if (token.UsedAt is not { } used || now - used > UseGrain)
        {
            await database.Tokens.Where(known => known.Id == token.Id).ExecuteUpdateAsync(set => set.SetProperty(known => known.UsedAt, now), Context.RequestAborted);
        }

        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, token.PersonId), new Claim(ClaimTypes.Name, token.Name), new Claim(TokenClaims.Id, token.Id.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return AnswerAsync(StatusCodes.Status401Unauthorized, "Sign in first.", "Send a token that has not expired ('Authorization: Bearer …'), or sign in with the browser. Tokens are made on the page 'API tokens'.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => AnswerAsync(
        StatusCodes.Status403Forbidden, "You may not do that.", "It takes a role, guests or a token's scope that you do not have. Ask an administrator.");

    private Task AnswerAsync(int status, string title, string detail) => Results.Problem(detail, statusCode: status, title: title).ExecuteAsync(Context);
}
