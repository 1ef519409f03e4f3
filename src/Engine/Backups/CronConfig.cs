using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace VzDump.Engine.Backups;

/// <summary>Proxmox VE's older vzdump.cron, from which jobs are taken over once.</summary>
/// <param name="Jobs">What could be taken over. Their names come from the lines themselves: taken over twice, a line is the same job.</param>
/// <param name="Left">Sentences about lines that could not, each with file and line.</param>
public sealed partial record CronConfig(IReadOnlyList<JobDefinition> Jobs, IReadOnlyList<string> Left)
{
    // What a line that is taken over begins with: cron passes it over, and a person sees why and can undo it.
    private const string Mark = "# taken over by VzDump.Web: ";

    private static readonly string[] Days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    public static CronConfig Parse(string text, string file)
    {
        var jobs = new List<JobDefinition>();
        var left = new List<string>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var problem = TryRead(line.TrimEnd(), out var job);
            if (job is not null && !jobs.Exists(known => known.Id == job.Id))
            {
                jobs.Add(job);
            }

            if (problem is not null)
            {
                left.Add($"{file}, line {number}: this line is left as it is: {problem}");
            }
        }

        return new CronConfig(jobs, left);
    }

    /// <summary>The file with the lines of this job made comments: what is taken over must not run a second time.</summary>
    public static string SwitchedOff(string text, string id) => string.Join(
        '\n', text.Split('\n').Select(line => TryRead(line.TrimEnd(), out var job) is null && job?.Id == id ? Mark + line : line));

    // Neither a job nor a problem: a comment, a blank line or a variable such as PATH="/usr/sbin:/usr/bin:/sbin:/bin"
    private static string? TryRead(string line, out JobDefinition? job)
    {
        job = null;
        if (line.Length == 0 || line.TrimStart().StartsWith('#') || Variable().IsMatch(line))
        {
            return null;
        }

        if (Entry().Match(line) is not { Success: true } entry)
        {
            return "only lines such as '0 3 * * 6 root vzdump 101 --mode stop' are understood.";
        }

        if (entry.Groups["words"].Value.Contains('%', StringComparison.Ordinal))
        {
            return "a % means the end of the line to cron, and is not understood here.";
        }

        if (Schedule(entry.Groups["minute"].Value, entry.Groups["hour"].Value, entry.Groups["days"].Value) is not { } schedule)
        {
            return "its time or its days are not understood.";
        }

        if (!BackupCommandLine.TryParse($"vzdump {entry.Groups["words"].Value}", out var read, out var problems, out _))
        {
            return string.Join(' ', problems.Select(problem => problem.Message));
        }

        job = new JobDefinition
        {
            Id = $"cron-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)))[..12]}",
            Job = read,
            Schedule = schedule,
            Enabled = !entry.Groups["off"].Success,
            Comment = "from vzdump.cron",
        };
        return null;
    }

    // e.g. 0 3 and 6,7 become "sat,sun 03:00"; every day becomes "03:00"
    private static string? Schedule(string minute, string hour, string days)
    {
        if (OptionText.Number(minute, 0, 59) is not { } m || OptionText.Number(hour, 0, 23) is not { } h)
        {
            return null;
        }

        var chosen = new SortedSet<int>();
        foreach (var part in days.ToLowerInvariant().Split(','))
        {
            if (part == "*")
            {
                chosen.UnionWith(Enumerable.Range(0, Days.Length));
            }
            else if (part.Split('-') is [var first, .. var others] && others.Length <= 1 && Day(first) is { } from && Day(others.FirstOrDefault(first)) is { } to && from <= to)
            {
                chosen.UnionWith(Enumerable.Range(from, to - from + 1));
            }
            else
            {
                return null;
            }
        }

        var time = string.Create(CultureInfo.InvariantCulture, $"{h:00}:{m:00}");
        return chosen.Count == Days.Length ? time : $"{string.Join(',', chosen.Select(day => Days[day]))} {time}";
    }

    // Monday is 1; Sunday is both 0 and 7
    private static int? Day(string text) => Array.IndexOf(Days, text) is >= 0 and var named ? named
        : OptionText.Number(text, 0, Days.Length) is { } number ? (int)(number + Days.Length - 1) % Days.Length
        : null;

    [GeneratedRegex(@"^\s*[A-Za-z_]\w*\s*=", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();

    // e.g. 0 3 * * 6           root vzdump --quiet 1 --mode snapshot --all 1       A job that is switched off has a # before vzdump.
    [GeneratedRegex(@"^\s*(?<minute>\d{1,2})\s+(?<hour>\d{1,2})\s+\*\s+\*\s+(?<days>\S+)\s+root\s+(/\S+/)?(?<off>#)?vzdump(\s+(?<words>.*))?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Entry();
}
