using System.Diagnostics.CodeAnalysis;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>The vzdump command that would do the same as a job, quoted so that a shell reads it back exactly; and such commands as jobs.</summary>
public static class BackupCommandLine
{
    private const string Program = "vzdump";

    // e.g. vzdump 101 102 --mode stop --compress zstd --exclude-path '/a b'
    public static string Of(BackupJob job) => ShellWords.Join(Words(job));

    /// <summary>Reads a command as vzdump does: <c>--opt value</c>, <c>--opt=value</c>, one dash as well as two, a flag alone for 1, VMIDs without option.</summary>
    /// <param name="problems">Everything that is wrong with it; empty when <paramref name="job"/> is not null.</param>
    /// <param name="warnings">Sentences about what should no longer be used.</param>
    public static bool TryParse(string line, [NotNullWhen(true)] out BackupJob? job, out IReadOnlyList<OptionProblem> problems, out IReadOnlyList<string> warnings)
    {
        (job, warnings) = (null, []);
        if (!ShellWords.TrySplit(line, out var words, out var problem))
        {
            problems = [new OptionProblem("", problem)];
            return false;
        }

        if (words.Count == 0 || words[0].Split('/')[^1] != Program)
        {
            problems = [new OptionProblem("", $"A command begins with '{Program}'.")];
            return false;
        }

        var reading = new JobReading();
        Take(reading, [.. words.Skip(1)]);
        (var read, problems) = reading.Finish();
        warnings = reading.Warnings;
        job = problems.Count == 0 ? read : null;
        return job is not null;
    }

    /// <exception cref="ProblemException">It is no such command, or an option is not allowed; the message has a line for each problem.</exception>
    public static BackupJob Parse(string line)
    {
        var isRead = TryParse(line, out var job, out var problems, out _);
        OptionProblem.Throw(problems);
        return isRead ? job! : throw new InvalidOperationException();
    }

    private static IEnumerable<string> Words(BackupJob job)
    {
        yield return Program;
        foreach (var word in Selection(job.Selection))
        {
            yield return word;
        }

        foreach (var option in VzdumpOptions.OfSettings)
        {
            foreach (var text in option.Texts(job.Settings))
            {
                yield return $"--{option.Name}";
                yield return text;
            }
        }
    }

    private static IEnumerable<string> Selection(GuestSelection selection) => selection switch
    {
        GuestSelection.Ids ids => ids.Guests.Distinct().Order().Select(id => id.ToString()),
        GuestSelection.All all => ["--all", "1", .. Except(all.Except)],
        GuestSelection.Pool pool => [.. Except(pool.Except), "--pool", pool.Name],
        _ => throw new InvalidOperationException($"No words for {selection.GetType().Name}."),
    };

    private static IEnumerable<string> Except(IReadOnlyList<GuestId> guests) => guests.Count > 0 ? ["--exclude", GuestIdList.Write(guests)] : [];

    private static void Take(JobReading reading, IReadOnlyList<string> words)
    {
        var onlyGuests = false;
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            if (word == "--" && !onlyGuests)
            {
                onlyGuests = true;
            }
            else if (onlyGuests || !word.StartsWith('-'))
            {
                reading.Take("vmid", word);
            }
            else
            {
                var (name, value) = word.TrimStart('-').Split('=', 2) is [var before, var behind] ? (before, behind) : (word.TrimStart('-'), null);
                value ??= Value(name, words, ref at);
                if (value is null)
                {
                    reading.Refuse(name, $"The option '{name}' needs a value.");
                }
                else if (!reading.Take(name, value))
                {
                    reading.Refuse(name, $"Unknown option '{name}': vzdump has none of that name.");
                }
            }
        }
    }

    // A flag may stand alone; what follows it is its value only if it is one, so that a VMID may follow.
    private static string? Value(string name, IReadOnlyList<string> words, ref int at)
    {
        var next = at + 1 < words.Count ? words[at + 1] : null;
        var standsAlone = VzdumpOptions.Find(name) switch
        {
            { Takes: OptionValue.Flag } => next is null || OptionText.Flag(next) is null,
            null => next is null || next.StartsWith('-') || GuestId.TryParse(next, out _), // unknown: a guess, so that the rest is read
            _ => false,
        };
        if (standsAlone)
        {
            return "1";
        }

        at++;
        return next;
    }
}
