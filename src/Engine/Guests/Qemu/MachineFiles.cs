using VzDump.Engine.Configuration;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Where a machine's QEMU can be reached: the names that Proxmox VE gives, in its folder, and on other hosts the same.</summary>
internal sealed class MachineFiles(NodePaths paths)
{
    public string Folder => paths.QemuRunFolder;

    public string Pid(GuestId id) => Path.Combine(Folder, $"{id}.pid");

    public string Qmp(GuestId id) => Path.Combine(Folder, $"{id}.qmp");

    public string Agent(GuestId id) => Path.Combine(Folder, $"{id}.qga");

    /// <summary>Whether a QEMU holds this machine, whatever it does. By its pid file or its socket: an image without a lock must not be taken for free.</summary>
    public bool HasQemu(GuestId id) => QemuProcess.Find(Pid(id)) is not null || UnixSocket.Answers(Qmp(id));
}
