using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace VzDump.Web.SignIn;

/// <summary>A page stays open for hours: who was signed out meanwhile is led to the sign-in page. What he may is asked at each act besides.</summary>
internal sealed class CircuitVisitor(ILoggerFactory loggers, RightsBook book) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(10);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        authenticationState.User.Identity is not { IsAuthenticated: true } || (await book.OfAsync(authenticationState.User, cancellationToken)).Role is not null;
}
