using System.Text.RegularExpressions;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>vzdump's <c>notes-template</c>: one line with <c>\n</c>, <c>\\</c> and variables.</summary>
internal static partial class NotesTemplate
{
    /// <summary>The notes of one archive. Each place is replaced once: a guest's name cannot smuggle in another variable.</summary>
    public static string Fill(string template, Guest guest, string cluster) => Places().Replace(template, place => place.Value switch
    {
        @"\n" => "\n",
        @"\\" => @"\",
        "{{guestname}}" => guest.Name,
        "{{vmid}}" => guest.Id.ToString(),
        "{{node}}" => NodePaths.NodeName,
        "{{cluster}}" => cluster,
        _ => place.Value,
    });

    [GeneratedRegex(@"\\[n\\]|\{\{(cluster|guestname|node|vmid)\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Places();
}
