using System.Text.Json;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>What a task has done to a guest and to the storage that must be undone.</summary>
internal sealed record UnfinishedTask
{
    public required int Guest { get; init; }

    public required GuestKind Kind { get; init; }

    public bool Locked { get; init; }

    /// <summary>When the guest was asked to stop; null when it was not touched, or is back.</summary>
    public DateTimeOffset? StopAsked { get; init; }

    public TimeSpan StopWait { get; init; }

    /// <summary>Whether the guest may stand still because of us.</summary>
    public bool Suspended { get; init; }

    public string? Draft { get; init; }

    /// <summary>Temporary folders of the task.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>What the guest's driver has to undo.</summary>
    public IReadOnlyList<GuestTrace> Traces { get; init; } = [];

    /// <summary>Whether something of the guest itself is still to be undone; folders and drafts only take room.</summary>
    public bool HoldsGuest => Locked || StopAsked is not null || Suspended || Traces.Count > 0;
}

/// <summary>Remembers on disk what tasks have to undo, so that a killed program's successor can. One file a guest, flushed before each step.</summary>
internal sealed class UnfinishedTasks(NodePaths paths)
{
    public async Task RememberAsync(UnfinishedTask task, CancellationToken cancellation)
    {
        Directory.CreateDirectory(paths.UnfinishedFolder);
        await AtomicFile.WriteAsync(PathOf(task), JsonSerializer.Serialize(task), cancellation);
    }

    public void Forget(UnfinishedTask task) => File.Delete(PathOf(task));

    /// <param name="onBroken">Told of each note that cannot be read.</param>
    public async Task<IReadOnlyList<UnfinishedTask>> ReadAsync(Action<string> onBroken, CancellationToken cancellation)
    {
        var tasks = new List<UnfinishedTask>();
        if (Directory.Exists(paths.UnfinishedFolder))
        {
            // Killed while a note was written: the step that it was to announce has not begun.
            foreach (var half in Directory.EnumerateFiles(paths.UnfinishedFolder, AtomicFile.HalfOf("*")))
            {
                File.Delete(half);
            }

            foreach (var path in Directory.EnumerateFiles(paths.UnfinishedFolder, "*.json"))
            {
                try
                {
                    tasks.Add(JsonSerializer.Deserialize<UnfinishedTask>(await File.ReadAllTextAsync(path, cancellation)) ?? throw new JsonException());
                }
                catch (JsonException)
                {
                    onBroken($"The note on an unfinished backup '{path}' cannot be read. Look whether that guest runs, then delete the file.");
                }
            }
        }

        return tasks;
    }

    private string PathOf(UnfinishedTask task) => Path.Combine(paths.UnfinishedFolder, $"{task.Kind.VzdumpName}-{task.Guest}.json");
}
