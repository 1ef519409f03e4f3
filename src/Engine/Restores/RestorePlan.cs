using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;

namespace VzDump.Engine.Restores;

/// <summary>What a restore is going to do, known before anything is done. The restore does this and nothing else.</summary>
public sealed record RestorePlan
{
    public required RestoreRequest Request { get; init; }

    public required GuestKind Kind { get; init; }

    public required string Name { get; init; }

    /// <summary>The new guest's configuration, whole.</summary>
    public required string Config { get; init; }

    /// <summary>Where it is written. Writing it is what makes the new guest; before that the old one is as it was.</summary>
    public required string ConfigPath { get; init; }

    public string? Firewall { get; init; }

    /// <summary>Volumes that are made.</summary>
    public required IReadOnlyList<NewVolume> Volumes { get; init; }

    /// <summary>The guest that is replaced; null for a new one.</summary>
    public Guest? Replaces { get; init; }

    /// <summary>Volumes of the replaced guest that are removed once the new guest is there.</summary>
    public IReadOnlyList<OldVolume> Removes { get; init; } = [];

    /// <summary>The mark of a guest that is only made to be tried and removed again; null for one that stays.</summary>
    public TrialMark? Trial { get; init; }

    /// <summary>Sentences about what will not be as it was.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A volume that a restore makes.</summary>
/// <param name="Key">Its key in the configuration, such as <c>rootfs</c> or <c>scsi0</c>.</param>
/// <param name="Id">What the configuration calls it, e.g. <c>local:101/vm-101-disk-1.raw</c>.</param>
/// <param name="SizeBytes">0 for a folder.</param>
public sealed record NewVolume(string Key, string Id, string Path, VolumeForm Form, long SizeBytes);

/// <summary>A volume that a restore removes.</summary>
/// <param name="Id">What the configuration calls it.</param>
public sealed record OldVolume(string Key, string Id, string Path, VolumeForm Form);

/// <summary>What a volume is on the host.</summary>
public enum VolumeForm
{
    Folder,
    BtrfsSubvolume,
    RawImage,
    Qcow2Image,
}
