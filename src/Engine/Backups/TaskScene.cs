using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Hooks;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>What the tasks of a run share.</summary>
/// <param name="Output">Takes the archive instead of the storage: vzdump's <c>stdout</c>.</param>
internal sealed record RunContext(BackupOptions Options, BackupStorage Storage, HookScript Hook, HookRun HookRun, Stream? Output = null)
{
    /// <summary>Whether whoever is behind the run administers the storage.</summary>
    public bool IsPrivileged { get; init; } = true;
}

/// <summary>What the parts of one guest's backup share.</summary>
internal sealed class TaskScene(Guest guest, RunContext run, IProgress<BackupEvent> events, BackupRuntime runtime) : IAsyncDisposable
{
    public Guest Guest => guest;

    public RunContext Run => run;

    public BackupOptions Options => run.Options;

    public BackupRuntime Runtime => runtime;

    public IProgress<BackupEvent> Events => events;

    public IGuestDriver Driver { get; } = runtime.Inventory.DriverOf(guest.Kind);

    public ArchiveName Name { get; } = FreeName(guest, run, runtime.Time);

    public TaskLog Log { get; } = new(guest.Id, events, runtime.SystemLog, runtime.Time);

    public TaskNotes Notes { get; } = new(guest, runtime.Unfinished);

    /// <summary>What is asked for, until it is known what can be had.</summary>
    public BackupMode Mode { get; set; } = run.Options.Mode;

    /// <summary><c>-</c> when the archive goes to a stream, as in vzdump.</summary>
    public string ArchivePath => run.Output is null ? Path.Combine(run.Storage.Folder, Name.FileName) : "-";

    public string LogPath => Path.Combine(run.Storage.Folder, Name.LogName);

    /// <exception cref="ProblemException">The script said no.</exception>
    public Task HookAsync(HookPhase phase, CancellationToken cancellation) =>
        run.Hook.RunAsync(phase, run.HookRun, new HookTask(guest, Mode, ArchivePath, LogPath), Log.Info, cancellation);

    /// <summary>A step of a clean-up: its failure is logged and the next step is taken, which may be the one that brings the guest back.</summary>
    public async Task<bool> TryAsync(string step, Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception error)
        {
            Log.Warn($"{step} failed: {FailureReason.Of(error, run.Storage)}");
            return false;
        }
    }

    /// <summary>The same for a call of the hook script.</summary>
    public Task<bool> TryHookAsync(HookPhase phase, CancellationToken cancellation) => TryAsync("the hook script", () => HookAsync(phase, cancellation));

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        Notes.Dispose();
    }

    // Two archives of one guest cannot begin in the same second: the second would have the first one's name, or find its folder, which a killed
    // program left.
    private static ArchiveName FreeName(Guest guest, RunContext run, TimeProvider time)
    {
        var name = ArchiveName.For(guest.Kind, guest.Id, time.GetLocalNow().DateTime, run.Options.Compression.Kind);
        while (File.Exists(Path.Combine(run.Storage.Folder, name.FileName)) || File.Exists(Path.Combine(run.Storage.Folder, name.DraftName))
            || Directory.Exists(Path.Combine(run.Options.TemporaryFolder ?? run.Storage.Folder, name.TemporaryName)))
        {
            name = name with { LocalTime = name.LocalTime.AddSeconds(1) };
        }

        return name;
    }
}
