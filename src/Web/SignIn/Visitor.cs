using Microsoft.AspNetCore.Components.Authorization;

namespace VzDump.Web.SignIn;

/// <summary>Who looks at a page, and what he may do at this moment.</summary>
public sealed class Visitor(AuthenticationStateProvider state, RightsBook book)
{
    public async Task<Rights> RightsAsync(CancellationToken cancellation) => await book.OfAsync((await state.GetAuthenticationStateAsync()).User, cancellation);
}
