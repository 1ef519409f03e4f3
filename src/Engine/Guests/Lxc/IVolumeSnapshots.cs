using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Makes, mounts and removes snapshots of one kind of volume. A snapshot's name is all that is needed to remove it.</summary>
internal interface IVolumeSnapshots
{
    /// <summary>What a trace of such a snapshot is called, e.g. <c>btrfs-snapshot</c>.</summary>
    string Trace { get; }

    /// <summary>Whether this volume can have one.</summary>
    Task<bool> CanAsync(VolumeSource volume, CancellationToken cancellation);

    /// <summary>The snapshot's full name; it carries the archive's stem, so that it is known for ours.</summary>
    string NameOf(VolumeSource volume, string stem);

    /// <summary>The volume at this moment.</summary>
    /// <exception cref="ProblemException">It cannot be made.</exception>
    Task TakeAsync(VolumeSource volume, string snapshot, CancellationToken cancellation);

    /// <exception cref="ProblemException">It cannot be mounted.</exception>
    Task MountAsync(VolumeSource volume, string snapshot, PrivateMounts mounts, string folder, CancellationToken cancellation);

    /// <summary>Fine when it is gone.</summary>
    /// <exception cref="ProblemException">It stays, or is none of ours.</exception>
    Task RemoveAsync(string snapshot, CancellationToken cancellation);

    /// <summary>Snapshots of this volume that dead runs left.</summary>
    Task<IReadOnlyList<string>> LeftoversAsync(VolumeSource volume, GuestId guest, CancellationToken cancellation);
}
