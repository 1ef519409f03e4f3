using VzDump.Engine;
using VzDump.Engine.Guests;

namespace VzDump.Web.SignIn;

/// <summary>What somebody may do at this moment. Asked for anew at every act, because it may be taken away at any time.</summary>
public sealed record Rights
{
    /// <summary>Of nobody, of a person who was disabled, and of a cookie or token that does not hold any more.</summary>
    public static readonly Rights None = new() { Who = "", Guests = new HashSet<GuestId>() };

    /// <summary>The name that runs and the audit keep, e.g. <c>ada</c>, or <c>ada (token backup-script)</c>.</summary>
    public required string Who { get; init; }

    /// <summary>Whose rights these are, in the table of people; null for nobody.</summary>
    public string? Person { get; init; }

    /// <summary>Whether a token was shown, and no person sits there.</summary>
    public bool IsToken { get; init; }

    /// <summary>Null for nobody.</summary>
    public Role? Role { get; init; }

    /// <summary>Null for all guests.</summary>
    public IReadOnlySet<GuestId>? Guests { get; init; }

    /// <summary>Of all guests; only this one sees what cannot be told guest by guest.</summary>
    public bool SeesAll => Role is not null && Guests is null;

    /// <summary>Whether he may change jobs, settings and people, by which he could give himself any right. An administrator of some guests may not.</summary>
    public bool AdministersNode => SeesAll && May(SignIn.Role.Administrator);

    public bool May(Role least) => Role >= least;

    /// <exception cref="ProblemException">He may not do this with any guest.</exception>
    public void Need(Role least)
    {
        if (!May(least))
        {
            throw new ProblemException($"Your role may not do this. Ask an administrator for the role '{least}'.");
        }
    }

    /// <exception cref="ProblemException">He may not do this with the guest.</exception>
    public void Need(Role least, GuestId guest)
    {
        Need(least);
        if (!Sees(guest))
        {
            throw new ProblemException($"You may only do this with guests that are yours, and {guest} is none of them. Ask an administrator.");
        }
    }

    public bool Sees(GuestId guest) => Role is not null && (Guests is null || Guests.Contains(guest));

    /// <summary>For what may be of no known guest, such as a renamed archive: that only who sees all may see.</summary>
    public bool Sees(GuestId? guest) => guest is { } known ? Sees(known) : SeesAll;

    /// <summary>Whether he may do this with the guest, too.</summary>
    public bool May(Role least, GuestId? guest) => May(least) && Sees(guest);
}
