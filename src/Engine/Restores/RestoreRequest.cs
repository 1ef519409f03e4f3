using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Restores;

/// <summary>Which archive becomes which guest, and how.</summary>
public sealed record RestoreRequest
{
    /// <summary>Full path of the archive.</summary>
    public required string ArchivePath { get; init; }

    /// <summary>VMID of the restored guest.</summary>
    public required GuestId Target { get; init; }

    /// <summary>Whether a guest that has this VMID is replaced; else it is refused. The old volumes go only when the new ones are complete.</summary>
    public bool Replace { get; init; }

    /// <summary>What the guest that is replaced is called: another one that has the VMID by then is refused. Null for whatever guest it is.</summary>
    public string? ReplacedName { get; init; }

    /// <summary>Storage of the new volumes; null for that named in the archive where this node has it, else <c>local</c>.</summary>
    public string? Storage { get; init; }

    /// <summary>Storages of single volumes, by key (<c>rootfs</c>, <c>mp0</c>, <c>scsi0</c> …), before <see cref="Storage"/>.</summary>
    public IReadOnlyDictionary<string, string> StorageOf { get; init; } = new Dictionary<string, string>();

    /// <summary>New MAC addresses, and for machines a new id, so that the copy and the original can run side by side.</summary>
    public bool Unique { get; init; }

    /// <summary>Machines: <see cref="VolumeForm.RawImage"/> or <see cref="VolumeForm.Qcow2Image"/> for all disks; null for as they were.</summary>
    public VolumeForm? DiskForm { get; init; }

    public bool StartAfter { get; init; }

    /// <summary>Of the data as it is written.</summary>
    public BandwidthLimit BandwidthLimit { get; init; }

    /// <summary>Containers: whether the new one is unprivileged; null for as it was.</summary>
    public bool? Unprivileged { get; init; }

    /// <summary>Another name; null for as it was.</summary>
    public string? Name { get; init; }

    /// <summary>In MiB; null for as it was.</summary>
    public int? Memory { get; init; }

    public int? Cores { get; init; }
}
