using VzDump.Engine.Configuration;

namespace VzDump.Engine.Backups;

/// <summary>Proxmox VE's jobs.cfg: saved jobs. Jobs of other types, comments and keys of newer versions are kept as they stand.</summary>
public sealed class JobsConfig
{
    private const string Type = "vzdump";
    private const string Enabled = "enabled";
    private readonly SectionLines _lines;

    private JobsConfig(SectionLines lines, string file)
    {
        _lines = lines;
        var read = lines.Sections.Where(section => section.Type == Type).Select(section => JobSection.Read(section, file)).ToList();
        Unknown = read.Where(section => section.Job is not null).ToDictionary(section => section.Job!.Id, section => section.Unknown, StringComparer.Ordinal);
        Jobs = [.. read.Select(section => section.Job).OfType<JobDefinition>()];
        Problems = [.. read.SelectMany(section => section.Problems)];
        Notes = [.. read.SelectMany(section => section.Notes)];
    }

    /// <summary>Those that can be run, in the file's order.</summary>
    public IReadOnlyList<JobDefinition> Jobs { get; }

    /// <summary>Sentences about jobs that cannot be run as they stand, each with file and line. Such a job is not among <see cref="Jobs"/>: half of it must never run.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Sentences about what is kept but not understood, or should no longer be used.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>For each of <see cref="Jobs"/> the options that are not known here, by their names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Unknown { get; }

    /// <exception cref="ProblemException">The file is broken; the message names file and line.</exception>
    public static JobsConfig Parse(string text, string file) => new(SectionLines.Parse(text, file), file);

    /// <summary>The file with this job, new or changed; of a changed one only the lines that differ.</summary>
    /// <exception cref="ProblemException">The job is not allowed, its name is taken by a job of another type, or a value cannot be kept in this file.</exception>
    public string With(JobDefinition job)
    {
        OptionProblem.Throw(job.Problems());
        if (_lines.Find(job.Id) is { } taken && taken.Type != Type)
        {
            throw new ProblemException($"The name '{job.Id}' is taken by a job of the type '{taken.Type}': choose another.");
        }

        var lines = _lines.Find(job.Id) is null ? _lines.WithSection(Type, job.Id) : _lines;
        var before = Jobs.FirstOrDefault(known => known.Id == job.Id);
        return JobSection.Keys.Aggregate(lines, (text, key) => Change(text, job, before, key)).ToString();
    }

    /// <summary>Whether Proxmox VE starts this job by itself; also one that is not among <see cref="Jobs"/>. In doubt it does.</summary>
    public bool IsOn(string id) => _lines.Find(id) is { Type: Type } section
        && section.Entries.Any(entry => entry.Key == "schedule")
        && section.Entries.Where(entry => entry.Key == Enabled).ToList() is var flags
        && (flags.Count == 0 || flags.Exists(flag => OptionText.Flag(flag.Value) is not false));

    /// <summary>The file with this job switched off, whatever else stands in it.</summary>
    public string SwitchedOff(string id) => IsOn(id) ? _lines.With(id, Enabled, "0").ToString() : _lines.ToString();

    /// <summary>The file without this job.</summary>
    public string Without(string id) => _lines.Find(id) is { Type: Type } ? _lines.Without(id).ToString() : _lines.ToString();

    private static SectionLines Change(SectionLines lines, JobDefinition job, JobDefinition? before, string key)
    {
        var texts = JobSection.Texts(job, key);
        if (before is not null && JobSection.Texts(before, key).SequenceEqual(texts, StringComparer.Ordinal))
        {
            return lines;
        }

        var changed = lines.With(job.Id, key, texts);
        // The older name would hold again where the newer one is gone.
        return key == "prune-backups" ? changed.With(job.Id, "maxfiles") : changed;
    }
}
