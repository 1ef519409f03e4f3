using System.Globalization;

namespace VzDump.Engine.Backups;

/// <summary>vzdump's <c>performance</c>. The sources are merged key by key.</summary>
/// <param name="MaxWorkers">How many parts of a machine's disks are read at the same time, 1 to 256.</param>
/// <param name="PbsEntriesMax">For Proxmox Backup Server only; kept for a real vzdump, without effect here.</param>
public sealed record PerformanceSettings(int? MaxWorkers = null, long? PbsEntriesMax = null)
{
    public const int MostWorkers = 256;
    public const int DefaultWorkers = 16;

    /// <summary>Reads e.g. <c>max-workers=4</c>; null when it is not allowed.</summary>
    public static PerformanceSettings? TryParse(string text)
    {
        var read = new PerformanceSettings();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            switch (part.Split('=', 2))
            {
                case ["max-workers", var number] when OptionText.Number(number, 1, MostWorkers) is { } count:
                    read = read with { MaxWorkers = (int)count };
                    break;
                case ["pbs-entries-max", var number] when OptionText.Number(number, 1, long.MaxValue) is { } count:
                    read = read with { PbsEntriesMax = count };
                    break;
                default:
                    return null;
            }
        }

        return read;
    }

    /// <summary>Each key's own value, else that of <paramref name="other"/>.</summary>
    public PerformanceSettings Over(PerformanceSettings? other) => new(MaxWorkers ?? other?.MaxWorkers, PbsEntriesMax ?? other?.PbsEntriesMax);

    public override string ToString() => string.Join(',', Parts());

    private IEnumerable<string> Parts()
    {
        if (MaxWorkers is { } workers)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"max-workers={workers}");
        }

        if (PbsEntriesMax is { } entries)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"pbs-entries-max={entries}");
        }
    }
}
