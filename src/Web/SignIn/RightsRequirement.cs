using Microsoft.AspNetCore.Authorization;

namespace VzDump.Web.SignIn;

/// <summary>What a policy wants.</summary>
/// <param name="OfAllGuests">Whether somebody with some guests only is refused.</param>
/// <param name="InPerson">Whether a token is refused, whatever its scope.</param>
internal sealed record RightsRequirement(Role Least, bool OfAllGuests = false, bool InPerson = false) : IAuthorizationRequirement;

/// <summary>Asks the book, not the cookie: what was taken away is gone at once.</summary>
internal sealed class RightsHandler(RightsBook book) : AuthorizationHandler<RightsRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, RightsRequirement requirement)
    {
        var rights = await book.OfAsync(context.User, CancellationToken.None);
        if (rights.May(requirement.Least)
            && (rights.SeesAll || !requirement.OfAllGuests)
            && !(requirement.InPerson && rights.IsToken))
        {
            context.Succeed(requirement);
        }
    }
}
