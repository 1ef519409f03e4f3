using System.Diagnostics.CodeAnalysis;
using VzDump.Engine.Guests;

namespace VzDump.Web.SignIn;

/// <summary>The guests that a person may see: by VMID, and the members of pools, whoever these are at the time.</summary>
public sealed record GuestLimits(IReadOnlyList<GuestId> Ids, IReadOnlyList<string> Pools)
{
    /// <summary>In characters.</summary>
    public const int LongestText = 4000;

    private const string PoolMark = "pool:";

    /// <summary>Reads e.g. <c>100, 101, pool:web</c>.</summary>
    /// <param name="strange">The word that is neither; null when the text is too long or empty.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out GuestLimits? limits, out string? strange)
    {
        (limits, strange) = (null, null);
        if (text.Length > LongestText)
        {
            return false;
        }

        var (ids, pools) = (new List<GuestId>(), new List<string>());
        foreach (var word in text.Split([',', ';', ' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (GuestId.TryParse(word, out var id))
            {
                ids.Add(id);
            }
            else if (word.StartsWith(PoolMark, StringComparison.OrdinalIgnoreCase) && word.Length > PoolMark.Length && !word.Any(char.IsControl))
            {
                pools.Add(word[PoolMark.Length..]);
            }
            else
            {
                strange = word;
                return false;
            }
        }

        limits = new GuestLimits([.. ids.Distinct().Order()], [.. pools.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        return ids.Count + pools.Count > 0;
    }

    public override string ToString() => string.Join(", ", [.. Ids.Select(id => id.ToString()), .. Pools.Select(pool => PoolMark + pool)]);
}
