using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;
using VzDump.Web.Proofs;

namespace VzDump.Web.Guests;

/// <summary>A guest as the list shows it.</summary>
/// <param name="LastBackup">Its newest archive on any storage; null when there is none.</param>
/// <param name="Work">The queued or working run that will or does back it up; null when none does.</param>
public sealed record GuestRow(GuestState State, Archive? LastBackup, GuestWork? Work)
{
    public GuestId Id => State.Guest.Id;

    /// <summary>Whether it is shown that the guest comes back.</summary>
    public ProofState Proof { get; init; } = ProofState.Never;

    /// <summary>Whether the filter's words stand in its VMID, name or type.</summary>
    public bool Matches(string? words) => string.IsNullOrWhiteSpace(words) || words.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word =>
        $"{Id} {State.Guest.Name} {State.Guest.Kind.Word}".Contains(word, StringComparison.OrdinalIgnoreCase));
}

/// <param name="Task">Null while the run waits and does not know its guests.</param>
public sealed record GuestWork(Guid Run, RunTask? Task)
{
    /// <summary>What is done with the guest, such as <c>Backing up</c>.</summary>
    public string Doing { get; init; } = "Backing up";

    public bool IsWaiting => Task is null or { State: RunTaskState.Todo };
}

/// <summary>The list of guests and what could not be read for it.</summary>
public sealed record GuestBoardView(IReadOnlyList<GuestRow> Rows, GuestSafety Safety, IReadOnlyList<string> Problems)
{
    /// <summary>Whether who looks may start backups.</summary>
    public bool MayRun { get; init; }

    /// <summary>Whether who looks may change what this node has.</summary>
    public bool MayChange { get; init; }

    public bool HasSamples => Rows.Any(row => row.State.Guest.IsSample);
}

public static class GuestWords
{
    extension(GuestKind kind)
    {
        public string Word => kind is GuestKind.Qemu ? "VM" : "Container";

        public string Icon => kind is GuestKind.Qemu ? MudBlazor.Icons.Material.Outlined.Computer : MudBlazor.Icons.Material.Outlined.ViewInAr;
    }

    extension(GuestStatus status)
    {
        public string Word => status switch { GuestStatus.Running => "running", GuestStatus.Paused => "paused", _ => "stopped" };

        public string Tone => status switch { GuestStatus.Running => "good", GuestStatus.Paused => "warn", _ => "quiet" };
    }
}
