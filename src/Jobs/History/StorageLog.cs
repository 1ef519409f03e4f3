using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.History;

/// <summary>How a backup ended, read from the log that vzdump, or this program, left in the storage.</summary>
/// <param name="State">Failed when the log says so; Cancelled when it just stops.</param>
internal sealed partial record StorageLog(RunTaskState State, TimeSpan? Took, string? Error)
{
    // A log may be of any length; how it ended stands in its last lines.
    private const int Head = 4 * 1024, Tail = 32 * 1024, LongestError = 1000;

    /// <summary>Null when it is no such log or cannot be read.</summary>
    public static StorageLog? TryRead(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var head = Read(file, Head);
            file.Position = Math.Max(0, file.Length - Tail);
            return Parse(head, Read(file, Tail));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static StorageLog? Parse(string head, string tail)
    {
        if (!head.Split('\n').Any(line => Line().IsMatch(line)))
        {
            return null;
        }

        foreach (var text in tail.Split('\n').Reverse())
        {
            // e.g. Nov 22 03:01:08 INFO: Finished Backup of VM 101 (00:01:07)
            if (Finished().Match(text) is { Success: true } done)
            {
                return new StorageLog(RunTaskState.Done, TookOf(done), null);
            }

            // e.g. 2026-08-22 03:01:08 ERROR: Backup of VM 101 failed - no space left
            if (Failed().Match(text) is { Success: true } failed)
            {
                var reason = failed.Groups["reason"].Value.Trim();
                return new StorageLog(RunTaskState.Failed, null, reason.Length > LongestError ? reason[..LongestError] : reason);
            }
        }

        return new StorageLog(RunTaskState.Cancelled, null, null);
    }

    private static string Read(FileStream file, int most)
    {
        var bytes = new byte[most];
        return Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, most, throwOnEndOfStream: false));
    }

    private static TimeSpan? TookOf(Match line) =>
        int.TryParse(line.Groups["h"].Value, CultureInfo.InvariantCulture, out var hours)
            ? new TimeSpan(hours, int.Parse(line.Groups["m"].Value, CultureInfo.InvariantCulture), int.Parse(line.Groups["s"].Value, CultureInfo.InvariantCulture))
            : null;

    // e.g. Nov 22 03:00:01 INFO: text, or 2026-11-22 03:00:01 INFO: text
    [GeneratedRegex(@"^(\d{4}-\d\d-\d\d|[A-Z][a-z]{2} +\d{1,2}) \d\d:\d\d:\d\d (INFO|WARN|ERROR): ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    [GeneratedRegex(@"INFO: Finished Backup of VM \d{1,9} \((?<h>\d{1,6}):(?<m>\d\d):(?<s>\d\d)\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Finished();

    [GeneratedRegex(@"ERROR: Backup of VM \d{1,9} failed - (?<reason>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Failed();
}
