using System.Text.Json;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>
/// What a restore has made, and what it removes once the new guest is there. Whether it is there the guest's configuration says: it is the new
/// one or not, nothing between.
/// </summary>
internal sealed record UnfinishedRestore
{
    public required int Guest { get; init; }

    public required GuestKind Kind { get; init; }

    /// <summary>Whether the guest that is replaced was locked.</summary>
    public bool Locked { get; init; }

    public required string ConfigPath { get; init; }

    /// <summary>The new configuration, whole.</summary>
    public required string Config { get; init; }

    public required IReadOnlyList<NewVolume> Made { get; init; }

    public required IReadOnlyList<OldVolume> Removes { get; init; }

    /// <summary>Folder of a plain LXC container whose VMID was reserved; null otherwise.</summary>
    public string? ReservedFolder { get; init; }

    public string? ReservedName { get; init; }

    /// <summary>Whether it had its VMID before: then it keeps it, and with it its archives.</summary>
    public bool WasNumbered { get; init; }

    /// <summary>The mark of a guest that is always removed again; null for one that stays.</summary>
    public TrialMark? Trial { get; init; }
}

/// <summary>Remembers restores on disk, so that a killed program's successor ends or undoes them.</summary>
internal sealed class UnfinishedRestores(NodePaths paths)
{
    private string Folder => Path.Combine(paths.UnfinishedFolder, "restores");

    public async Task RememberAsync(UnfinishedRestore restore, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        await AtomicFile.WriteAsync(PathOf(restore.Guest), JsonSerializer.Serialize(restore), cancellation);
    }

    public void Forget(UnfinishedRestore restore) => File.Delete(PathOf(restore.Guest));

    /// <summary>The guests of which there is a note.</summary>
    public IReadOnlyList<GuestId> List() => Directory.Exists(Folder)
        ? [.. from path in Directory.EnumerateFiles(Folder, "*.json") let guest = Guest(path) where guest is not null select guest.Value]
        : [];

    /// <summary>Null when there is none.</summary>
    /// <exception cref="ProblemException">There is one that cannot be read.</exception>
    public async Task<UnfinishedRestore?> FindAsync(GuestId guest, CancellationToken cancellation)
    {
        var path = PathOf(guest.Value);
        try
        {
            return JsonSerializer.Deserialize<UnfinishedRestore>(await File.ReadAllTextAsync(path, cancellation)) ?? throw new JsonException();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException error)
        {
            throw new ProblemException($"The note on an unfinished restore '{path}' cannot be read. Look whether that guest is whole, then delete the file.", error);
        }
    }

    // e.g. 101.json
    private static GuestId? Guest(string path) => GuestId.TryParse(Path.GetFileNameWithoutExtension(path), out var guest) ? guest : null;

    private string PathOf(int guest) => Path.Combine(Folder, $"{guest}.json");
}
