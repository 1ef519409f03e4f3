using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>On whose behalf a run works, and where else than to a storage its archive goes.</summary>
public sealed record RunTerms
{
    /// <summary>
    /// Whether the person behind the run may back up a guest. Of all guests, those that he may not are left out in silence; named by him, they end
    /// the run before it begins.
    /// </summary>
    public Func<GuestId, bool> MayBackUp { get; init; } = static _ => true;

    /// <summary>Takes the archive of the run's only guest: vzdump's <c>stdout</c>. It is neither closed nor flushed. Null for the storage.</summary>
    public Stream? Output { get; init; }

    /// <summary>Whether the person behind the run administers the storage, and may protect any number of archives where it names no limit.</summary>
    public bool IsPrivileged { get; init; } = true;
}
