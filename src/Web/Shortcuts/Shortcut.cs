using VzDump.Web.SignIn;

namespace VzDump.Web.Shortcuts;

/// <summary>A page that is reached by <c>g</c> and a key.</summary>
public sealed record Shortcut(string Key, string Place, string Address)
{
    private static readonly Shortcut[] All =
    [
        new("o", "Overview", "/overview"), new("g", "Guests", "/guests"), new("r", "Runs", "/runs"), new("a", "Archives", "/archives"),
    ];

    private static readonly Shortcut[] OfTheNode = [new("j", "Jobs", "/jobs"), new("s", "Storages", "/storages")];

    private static readonly Shortcut[] OfAdministrators =
    [
        new("d", "Defaults", "/defaults"), new("p", "People", "/settings/people"), new("m", "Mail", "/settings/mail"), new("u", "Audit", "/settings/audit"),
    ];

    /// <summary>Those to pages that he may see.</summary>
    public static IReadOnlyList<Shortcut> For(Rights rights) =>
        rights.Role is null ? [] : [.. All, .. rights.SeesAll ? OfTheNode : [], .. rights.AdministersNode ? OfAdministrators : []];
}
