using VzDump.Engine.Configuration;
using VzDump.Engine.Guests.Lxc;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Tells which disks of a machine go into its archives, and why the others do not.</summary>
public sealed class MachineVolumes
{
    /// <summary>Every disk that the configuration names, in its order.</summary>
    /// <exception cref="ProblemException">The configuration cannot be read.</exception>
    public async Task<IReadOnlyList<VolumeDecision>> ListAsync(Guest guest, CancellationToken cancellation)
    {
        var config = GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation));
        return
        [
            .. QemuDrive.AllOf(config).Select(drive => new VolumeDecision(drive.Key, "", "disk", drive.Volume, drive.ExcludedBecause is null, drive.ExcludedBecause ?? "enabled")),
            .. QemuDrive.UnusedOf(config).Select(unused => new VolumeDecision(unused.Key, "", "disk", unused.Volume, IsIncluded: false, "unused by the machine")),
        ];
    }
}
