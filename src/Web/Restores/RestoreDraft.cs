using System.Globalization;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;

namespace VzDump.Web.Restores;

/// <summary>What the restore page edits. What is empty stays as it was in the archive.</summary>
public sealed class RestoreDraft
{
    /// <summary>The VMID, as it is typed.</summary>
    public string Target { get; set; } = "";

    /// <summary>Whether the guest that has the VMID is to be replaced.</summary>
    public bool Replace { get; set; }

    /// <summary>For all volumes that have none of their own.</summary>
    public string? Storage { get; set; }

    /// <summary>By the volume's key.</summary>
    public Dictionary<string, string> StorageOf { get; } = new(StringComparer.Ordinal);

    public bool Unique { get; set; }

    public bool StartAfter { get; set; }

    public long? BandwidthLimitKiB { get; set; }

    public bool? Unprivileged { get; set; }

    public string? Name { get; set; }

    public int? Memory { get; set; }

    public int? Cores { get; set; }

    /// <summary>What was typed as the name of the guest that is replaced.</summary>
    public string TypedName { get; set; } = "";

    /// <summary>Why it means nothing yet; null when <see cref="ToRequest"/> can be asked.</summary>
    public string? Problem =>
        !GuestId.TryParse(Target.Trim(), out _) ? $"Give a VMID from {GuestId.Lowest} to {GuestId.Highest}."
        : BandwidthLimitKiB is < 0 or > 1L << 40 ? "Give the bandwidth limit in KiB per second, 0 for none."
        : null;

    /// <param name="replaced">The guest that has the VMID now; null when it is free.</param>
    public RestoreRequest ToRequest(string archivePath, Guest? replaced) => new()
    {
        ArchivePath = archivePath,
        Target = GuestId.Parse(Target.Trim()),
        Replace = Replace,
        ReplacedName = Replace ? replaced?.Name : null,
        Storage = string.IsNullOrEmpty(Storage) ? null : Storage,
        StorageOf = StorageOf.Where(chosen => chosen.Value.Length > 0).ToDictionary(StringComparer.Ordinal),
        Unique = Unique,
        StartAfter = StartAfter,
        BandwidthLimit = BandwidthLimitKiB is { } limit ? BandwidthLimit.FromKiB(limit) : BandwidthLimit.None,
        Unprivileged = Unprivileged,
        Name = string.IsNullOrWhiteSpace(Name) ? null : Name.Trim(),
        Memory = Memory,
        Cores = Cores,
    };

    /// <summary>For the archive of this guest: the same VMID when that is free, else the next free one as a copy that can run beside the original.</summary>
    public static RestoreDraft For(GuestId? guest, IReadOnlyCollection<GuestId> taken, GuestId nextFree) => guest is { } same && !taken.Contains(same)
        ? new RestoreDraft { Target = same.Value.ToString(CultureInfo.InvariantCulture) }
        : new RestoreDraft { Target = nextFree.Value.ToString(CultureInfo.InvariantCulture), Unique = true };
}
