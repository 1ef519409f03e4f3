using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Guests.Qemu;

namespace VzDump.Engine.Restores;

/// <summary>A drive that an archive holds.</summary>
/// <param name="Key">Its key in the configuration, e.g. <c>scsi0</c>.</param>
/// <param name="Storage">Where it lay; empty when that is not known.</param>
/// <param name="Format"><c>raw</c>, <c>qcow2</c> …; empty when that is not known.</param>
internal sealed record MappedDrive(string Key, VmaDevice Device, string Storage, string Format)
{
    public VolumeForm FormOf(VolumeForm? chosen) => IsTpm ? VolumeForm.RawImage : chosen ?? (Format is "qcow2" ? VolumeForm.Qcow2Image : VolumeForm.RawImage);

    /// <summary>Whether it is the memory of a TPM, whose program knows raw files only.</summary>
    public bool IsTpm => Key.StartsWith("tpmstate", StringComparison.Ordinal);
}

/// <summary>Which device of an archive is which drive. vzdump says it in the configuration's map lines.</summary>
internal static class DriveMap
{
    private const string Mark = "#qmdump#map:";

    /// <summary>Every device but a saved memory state has its line, and every line its device.</summary>
    /// <exception cref="ProblemException">They do not match.</exception>
    public static IReadOnlyList<MappedDrive> Of(string config, IReadOnlyList<VmaDevice> devices)
    {
        var left = devices.Where(device => !device.IsVmState).ToDictionary(device => device.Name, StringComparer.Ordinal);
        var drives = new List<MappedDrive>();
        foreach (var line in config.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.StartsWith(Mark, StringComparison.Ordinal)))
        {
            // e.g. #qmdump#map:scsi0:drive-scsi0:local:raw:
            if (line[Mark.Length..].Split(':') is not [var key, { Length: > 0 } device, var storage, var format, ""] || !QemuDrive.IsDrive(key))
            {
                throw new ProblemException("The archive's configuration has a line that says which disk is which and cannot be understood. It cannot be restored.");
            }

            if (drives.Exists(drive => drive.Key == key))
            {
                throw new ProblemException($"The archive's configuration says twice which disk is {key}. It cannot be restored.");
            }

            drives.Add(left.Remove(device, out var found)
                ? new MappedDrive(key, found, storage, format)
                : throw new ProblemException($"The archive's configuration expects a disk for {key} that is not in the archive. It is incomplete or was put together wrongly."));
        }

        return left.Count == 0
            ? drives
            : throw new ProblemException($"The archive holds a disk '{left.Keys.First()}', and its configuration does not say which drive that is. It cannot be restored.");
    }
}
