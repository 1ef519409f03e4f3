using System.Globalization;
using System.Text;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Logs;

/// <summary>A line of a run's log as its file holds it: time in UTC, level, VMID or a dash, text; separated by tabs.</summary>
// e.g. 2026-08-22T03:00:07.1234567Z	Info	101	Starting Backup of VM 101 (lxc)
// e.g. 2026-08-22T03:00:00.0000000Z	Warn	-	a tab is \t, a backslash \\, another control character \u001b
internal static class RunLogFormat
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    public static void Append(StringBuilder output, BackupEvent.Logged line)
    {
        output.Append(line.At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture))
            .Append('\t').Append(line.Level)
            .Append('\t').Append(line.Guest is { } guest ? guest.ToString() : "-")
            .Append('\t');
        foreach (var letter in line.Text)
        {
            _ = letter switch
            {
                '\\' => output.Append(@"\\"),
                '\t' => output.Append(@"\t"),
                '\n' => output.Append(@"\n"),
                '\r' => output.Append(@"\r"),
                _ when char.IsControl(letter) => output.Append(CultureInfo.InvariantCulture, $@"\u{(int)letter:x4}"),
                _ => output.Append(letter),
            };
        }

        output.Append('\n');
    }

    /// <summary>Reads what <see cref="Append"/> wrote, without its line end. What is not of this form becomes a line that holds it as its text.</summary>
    public static RunLogLine Parse(long number, string record)
    {
        var parts = record.Split('\t', 4);
        return parts is [var time, var level, var guest, var text]
            && DateTimeOffset.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && Enum.TryParse<LogLevel>(level, out var parsed)
                ? new RunLogLine(number, at, parsed, GuestId.TryParse(guest, out var id) ? id : null, Unescape(text))
                : new RunLogLine(number, DateTimeOffset.MinValue, LogLevel.Info, null, record);
    }

    private static string Unescape(string text)
    {
        var next = text.IndexOf('\\', StringComparison.Ordinal);
        if (next < 0)
        {
            return text;
        }

        var output = new StringBuilder(text.Length).Append(text, 0, next);
        while (next < text.Length)
        {
            if (text[next] != '\\' || next + 1 == text.Length)
            {
                output.Append(text[next++]);
                continue;
            }

            var kind = text[next + 1];
            next += 2;
            if (kind == 'u' && next + 4 <= text.Length
                && int.TryParse(text.AsSpan(next, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code))
            {
                output.Append((char)code);
                next += 4;
            }
            else
            {
                output.Append(kind switch { 't' => '\t', 'n' => '\n', 'r' => '\r', _ => kind });
            }
        }

        return output.ToString();
    }
}
