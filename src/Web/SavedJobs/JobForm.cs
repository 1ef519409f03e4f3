using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Saved;
using VzDump.Web.OptionForms;

namespace VzDump.Web.SavedJobs;

/// <summary>A job while somebody edits it.</summary>
public sealed class JobForm
{
    private readonly JobDraft _before;

    private JobForm(JobDraft draft, int version)
    {
        (_before, Version) = (draft, version);
        (Name, Comment, Enabled, Schedule, RepeatMissed) = (draft.Name, draft.Comment, draft.Enabled, draft.Schedule, draft.RepeatMissed);
        Selection = new SelectionDraft(draft.Definition.Selection);
        Options = new OptionsDraft(draft.Definition.Settings);
    }

    public string Name { get; set; }

    public string Comment { get; set; }

    public bool Enabled { get; set; }

    public string? Schedule { get; set; }

    public bool RepeatMissed { get; set; }

    public SelectionDraft Selection { get; }

    public OptionsDraft Options { get; }

    /// <summary>Of the job as it was read.</summary>
    public int Version { get; }

    public BackupJob Definition => new() { Selection = Selection.ToSelection(), Settings = Options.Settings };

    public bool IsChanged => Options.IsChanged || (Name, Comment, Enabled, Schedule ?? "", RepeatMissed) != (_before.Name, _before.Comment, _before.Enabled, _before.Schedule ?? "", _before.RepeatMissed)
        || BackupCommandLine.Of(new BackupJob { Selection = Selection.ToSelection() }) != BackupCommandLine.Of(new BackupJob { Selection = _before.Definition.Selection });

    public static JobForm New(IEnumerable<GuestId> guests) =>
        new(new JobDraft { Name = "", Schedule = "02:30", Definition = new BackupJob { Selection = guests.ToList() is { Count: > 0 } chosen ? new GuestSelection.Ids(chosen) : new GuestSelection.All([]) } }, 0);

    public static JobForm Of(SavedJob job) => new(JobDraft.From(job), job.Version);

    public JobDraft ToDraft() => new()
    {
        Name = Name.Trim(),
        Comment = Comment.Trim(),
        Enabled = Enabled,
        Schedule = string.IsNullOrWhiteSpace(Schedule) ? null : Schedule.Trim(),
        RepeatMissed = RepeatMissed,
        Definition = Definition,
    };

    /// <summary>What keeps it from being saved: texts that the engine refuses, and what it says against the job as a whole.</summary>
    public IReadOnlyList<DraftProblem> Problems() =>
        [.. Options.Problems.Select(problem => new DraftProblem(problem.Field, problem.Message)).Concat(ToDraft().Problems()).Distinct()];
}
