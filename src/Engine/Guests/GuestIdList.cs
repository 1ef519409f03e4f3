using System.Diagnostics.CodeAnalysis;

namespace VzDump.Engine.Guests;

/// <summary>Lists of VMIDs as options hold them, e.g. <c>101,102;0103 104</c>.</summary>
public static class GuestIdList
{
    private static readonly char[] Separators = [',', ';', ' ', '\t', '\n', '\r', '\0'];

    /// <summary>Reads a list: sorted, each once, zeros left out as vzdump does.</summary>
    /// <param name="strange">The first word that is no VMID.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out IReadOnlyList<GuestId>? guests, [NotNullWhen(false)] out string? strange)
    {
        var found = new SortedSet<GuestId>();
        foreach (var word in text.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            if (GuestId.TryParse(word, out var id))
            {
                found.Add(id);
            }
            else if (word.AsSpan().ContainsAnyExcept('0'))
            {
                (guests, strange) = (null, word);
                return false;
            }
        }

        (guests, strange) = ([.. found], null);
        return true;
    }

    public static string Write(IEnumerable<GuestId> guests) => string.Join(',', guests.Distinct().Order());
}
