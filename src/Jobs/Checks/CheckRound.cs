namespace VzDump.Jobs.Checks;

/// <summary>What is done at one due time: the archives that were chosen then, one after the other.</summary>
public sealed record CheckRound
{
    /// <summary>When it was due.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>Those whose turn has not come, the next one first.</summary>
    public IReadOnlyList<ChosenArchive> Waiting { get; init; } = [];

    /// <summary>The one that is checked now; null between two.</summary>
    public CurrentCheck? Current { get; init; }

    /// <summary>How many were found sound, or came back in a restore test.</summary>
    public int Sound { get; init; }

    /// <summary>How many were not.</summary>
    public int Failed { get; init; }

    /// <summary>Sentences about archives and storages that could not be looked at.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>Null while it goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether it goes on.</summary>
    public bool IsOpen => EndedAt is null;

    internal CheckRound Skip(string sentence) => this with { Skipped = [.. Skipped, sentence] };
}

/// <param name="Storage">Its name.</param>
/// <param name="Path">Full path of the archive.</param>
/// <param name="Guest">VMID of whose archive it is.</param>
public sealed record ChosenArchive(string Storage, string Path, int Guest)
{
    /// <summary>Whether a check of it was broken off in this round, by the end of the program.</summary>
    public bool WasBrokenOff { get; init; }

    /// <summary>The file's name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <param name="Run">Noted before the run begins: after a crash in between it begins with this id, or is found.</param>
public sealed record CurrentCheck(Guid Run, ChosenArchive Archive);

/// <summary>How far the plan has been followed.</summary>
/// <param name="DecidedUntil">Due times up to here are answered.</param>
/// <param name="Round">The last one; null before the first.</param>
internal sealed record CheckProgress(DateTimeOffset DecidedUntil, CheckRound? Round);

/// <summary>How things stand with scheduled checks.</summary>
/// <param name="Next">When they are due next; null when they are off.</param>
/// <param name="Last">What was done at the last due time, or is being done; null when there was none yet.</param>
/// <param name="Archives">How many archives there are on the storages of the plan.</param>
/// <param name="Unchecked">How many of them were never checked.</param>
/// <param name="Overdue">How many were last checked too long ago.</param>
/// <param name="Problems">Sentences about storages that could not be read.</param>
public sealed record CheckStanding(CheckPlan Plan, DateTimeOffset? Next, CheckRound? Last, int Archives, int Unchecked, int Overdue, IReadOnlyList<string> Problems);
