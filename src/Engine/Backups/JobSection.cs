using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>A job as a section of jobs.cfg.</summary>
// e.g. vzdump: backup-0f4d6f9e-1234
//          comment every night
//          schedule 21:00
//          all 1
//          mode snapshot
//          storage nas
internal sealed record JobSection(JobDefinition? Job, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes, IReadOnlyList<string> Unknown)
{
    private const string Yes = "1";
    private const string No = "0";

    /// <summary>What a section may hold, in the order in which a new one is written.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        ["comment", "schedule", "enabled", "repeat-missed", .. VzdumpOptions.All.Where(option => option.Scope is not OptionScope.Job && option.Deprecated is null).Select(option => option.Name)];

    public static JobSection Read(SectionText section, string file)
    {
        var reading = new JobReading();
        var job = new JobDefinition { Id = section.Id, Job = new BackupJob { Selection = new GuestSelection.Ids([]) } };
        var notes = new List<string>();
        var unknown = new List<string>();
        foreach (var entry in section.Entries)
        {
            if (With(job, entry, reading) is { } read)
            {
                job = read;
            }
            else if (!reading.Take(entry.Key, entry.Value))
            {
                unknown.Add(entry.Key);
                notes.Add($"{file}, line {entry.Line}: the job '{section.Id}' has an option '{entry.Key}', which is not known here; it is kept and has no effect.");
            }
        }

        var (selected, problems) = reading.Finish();
        job = job with { Job = selected };
        problems = [.. problems.Concat(job.Problems()).DistinctBy(problem => problem.Field)];
        return new JobSection(
            problems.Count == 0 ? job : null,
            [.. problems.Select(problem => $"{file}, line {section.Entries.LastOrDefault(entry => entry.Key == problem.Field)?.Line ?? section.Line}: the job '{section.Id}' cannot be run: {problem.Message}")],
            [.. notes, .. reading.Warnings.Select(warning => $"{file}, line {section.Line}: the job '{section.Id}': {warning}")],
            unknown);
    }

    /// <summary>The values of a key, a line for each; none where it is not written.</summary>
    public static IReadOnlyList<string> Texts(JobDefinition job, string key) => (key, job.Job.Selection) switch
    {
        ("comment", _) => job.Comment.Length > 0 ? [EscapedText.Escape(job.Comment)] : [],
        ("schedule", _) => job.Schedule is { } schedule ? [schedule] : [],
        ("enabled", _) => job.Enabled ? [] : [No],
        ("repeat-missed", _) => job.RepeatMissed ? [Yes] : [],
        ("vmid", GuestSelection.Ids { Guests.Count: > 0 } ids) => [GuestIdList.Write(ids.Guests)],
        ("all", GuestSelection.All) => [Yes],
        ("exclude", GuestSelection.All { Except.Count: > 0 } all) => [GuestIdList.Write(all.Except)],
        ("exclude", GuestSelection.Pool { Except.Count: > 0 } pool) => [GuestIdList.Write(pool.Except)],
        ("pool", GuestSelection.Pool pool) => [pool.Name],
        _ => VzdumpOptions.Find(key)?.Texts(job.Job.Settings) ?? [],
    };

    // Null when the entry is not about the saved job itself.
    private static JobDefinition? With(JobDefinition job, ConfigEntry entry, JobReading reading)
    {
        switch (entry.Key)
        {
            case "comment":
                return job with { Comment = EscapedText.Unescape(entry.Value) };
            case "schedule":
                return job with { Schedule = entry.Value };
            case "enabled" or "repeat-missed" when OptionText.Flag(entry.Value) is { } flag:
                return entry.Key == "enabled" ? job with { Enabled = flag } : job with { RepeatMissed = flag };
            case "enabled" or "repeat-missed":
                reading.Refuse(entry.Key, VzdumpOptions.Find(entry.Key)!.Refuse(entry.Value).Message);
                return job;
            case "id":
                return job; // the head says it
            default:
                return null;
        }
    }
}
