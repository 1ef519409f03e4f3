using VzDump.Engine.Bandwidth;

namespace VzDump.Engine.Guests;

/// <summary>What a task asks of a driver for one guest.</summary>
public sealed record PreparationRequest
{
    public required BackupMode Mode { get; init; }

    /// <summary>False for a guest that is at rest already; the mode is stop then, and nothing is done to the guest.</summary>
    public required bool WasRunning { get; init; }

    /// <summary>An existing folder for copies and the like, root's own, which the task removes in the end.</summary>
    public required string TemporaryFolder { get; init; }

    /// <summary>The archive's name without its ending, e.g. <c>vzdump-lxc-101-2026_11_22-03_00_01</c>: told apart by it, snapshots never collide.</summary>
    public required string ArchiveStem { get; init; }

    /// <summary>Globs of what is left out.</summary>
    public IReadOnlyList<string> Excludes { get; init; } = [];

    /// <summary>For programs that read the guest's data; null leaves the priority alone.</summary>
    public int? IoNice { get; init; }

    public BandwidthLimit BandwidthLimit { get; init; }

    /// <summary>Where the data lies that a running VM overwrites meanwhile.</summary>
    public FleecingSettings Fleecing { get; init; } = new();

    /// <summary>vzdump's <c>performance: max-workers</c>: reads in flight, 1 to 256.</summary>
    public int MaxWorkers { get; init; } = 16;

    public required ITaskLog Log { get; init; }

    public required IGuestTraces Traces { get; init; }
}

/// <summary>vzdump's <c>fleecing</c>.</summary>
/// <param name="Enabled">Whether a storage of its own is used.</param>
/// <param name="Storage">Its name; null for the temporary folder.</param>
public sealed record FleecingSettings(bool Enabled = false, string? Storage = null);

/// <summary>Whether a mode can be had.</summary>
public abstract record Preparation
{
    private Preparation()
    {
    }

    public sealed record Ready(IPreparedGuest Guest) : Preparation;

    /// <summary>vzdump's <c>mode failure</c>: snapshot mode falls back to suspend; other modes fail.</summary>
    public sealed record ModeFailure(string Reason) : Preparation;
}

/// <summary>
/// A guest whose volumes are known and whose data can be had. The task calls <see cref="CopyAsync"/> (suspend mode only), brings the guest to
/// rest if the mode asks for it, calls <see cref="CutAsync"/>, and reads the content. Disposing drops every copy, snapshot and mount.
/// </summary>
public interface IPreparedGuest : IAsyncDisposable
{
    /// <summary>In snapshot mode: whether the guest must stand still while it is cut, because several volumes are cut at one moment.</summary>
    bool MustSuspendToCut { get; }

    /// <summary>In stop mode: whether the guest may start as soon as it is cut; else it stays down until the archive is written.</summary>
    bool GoesOnAfterCut { get; }

    /// <summary>A first copy while the guest runs, so that the second is short. Does nothing where there is none.</summary>
    Task CopyAsync(CancellationToken cancellation);

    /// <summary>The point in time: from here on the content is what it was at this moment, whatever the guest does.</summary>
    Task CutAsync(CancellationToken cancellation);

    /// <summary>The data. The content lives as long as this.</summary>
    Task<GuestContent> OpenContentAsync(CancellationToken cancellation);

    /// <summary>What befell the guest by force since it was cut, in a sentence; null when nothing did. The content is good all the same.</summary>
    string? Mishap => null;
}

/// <summary>Something that a preparation did outside its folder and that must be undone, e.g. <c>btrfs-snapshot</c> <c>/path</c>.</summary>
public sealed record GuestTrace(string What, string Value);

/// <summary>Keeps a task's traces on disk, so that the next start finds them when the program is killed.</summary>
public interface IGuestTraces
{
    /// <summary>To be called before the step. Durable when it returns.</summary>
    Task RememberAsync(GuestTrace trace, CancellationToken cancellation);

    /// <summary>To be called when it is undone.</summary>
    Task ForgetAsync(GuestTrace trace, CancellationToken cancellation);
}

/// <summary>Where a driver tells the reader of the task's log what it does.</summary>
public interface ITaskLog
{
    void Info(string text);

    void Warn(string text);
}
