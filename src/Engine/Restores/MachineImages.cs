using System.Text;
using VzDump.Engine.Archives.Vma;

namespace VzDump.Engine.Restores;

/// <summary>The new disks of a machine while they are written.</summary>
internal sealed class MachineImages : IDisposable
{
    private readonly Dictionary<int, IVmaTarget> _targets = [];

    /// <exception cref="ProblemException">The archive is not the one that the restore was planned for.</exception>
    public MachineImages(IReadOnlyList<NewVolume> volumes, VmaHeader header)
    {
        var config = header.Configs.FirstOrDefault(config => config.Name == "qemu-server.conf") is { } found ? Encoding.UTF8.GetString(found.Data.Span) : "";
        var drives = DriveMap.Of(config, header.Devices);
        if (drives.Count != volumes.Count || !drives.All(drive => volumes.Any(volume => volume.Key == drive.Key && volume.SizeBytes == drive.Device.Size)))
        {
            throw new ProblemException("The archive was replaced by another one since the restore was planned. Plan it again.");
        }

        try
        {
            foreach (var drive in drives)
            {
                var volume = volumes.First(volume => volume.Key == drive.Key);
                _targets[drive.Device.StreamId] = volume.Form is VolumeForm.Qcow2Image ? Qcow2Target.Create(volume.Path, volume.SizeBytes) : VmaFileTarget.Open(volume.Path);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Null for a saved memory state: the machine boots anew.</summary>
    public IVmaTarget? TargetOf(VmaDevice device) => _targets.GetValueOrDefault(device.StreamId);

    /// <summary>All data is there.</summary>
    public void Finish()
    {
        foreach (var target in _targets.Values.OfType<Qcow2Target>())
        {
            target.Finish();
        }
    }

    public void Dispose()
    {
        foreach (var target in _targets.Values.OfType<IDisposable>())
        {
            target.Dispose();
        }
    }
}
