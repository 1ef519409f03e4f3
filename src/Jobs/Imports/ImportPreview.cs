using VzDump.Jobs.Saved;

namespace VzDump.Jobs.Imports;

/// <summary>What Proxmox VE's own files hold.</summary>
/// <param name="Candidates">In the files' order: what was understood.</param>
/// <param name="Problems">Sentences about what was not, each with file and line.</param>
public sealed record ImportPreview(IReadOnlyList<ImportCandidate> Candidates, IReadOnlyList<string> Problems);

/// <summary>A job that could be taken over.</summary>
public sealed record ImportCandidate
{
    public required JobSource Source { get; init; }

    /// <summary>What our job would be.</summary>
    public required JobDraft Draft { get; init; }

    /// <summary>Our job, when it was taken over already.</summary>
    public SavedJob? Ours { get; init; }

    /// <summary>Why it cannot be taken over, and what to do; null when it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>Sentences about what would be another than it was.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>What came of taking over a job.</summary>
public abstract record ImportOutcome
{
    private ImportOutcome()
    {
    }

    /// <summary>Ours has its schedule, the original is off.</summary>
    public sealed record Imported(SavedJob Job) : ImportOutcome;

    /// <summary>Ours is stored and has no schedule yet, because the original still runs. This is tried again by itself.</summary>
    /// <param name="Reason">What it waits for, one sentence.</param>
    public sealed record Waiting(SavedJob Job, string Reason) : ImportOutcome;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Reason">A sentence that says what to do.</param>
    public sealed record Refused(string Reason) : ImportOutcome;
}
