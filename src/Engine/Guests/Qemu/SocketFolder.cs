using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>A folder of our own for the sockets of one backup. In /run: a task's temporary folder may be on a file system without sockets, or its path too long.</summary>
internal static class SocketFolder
{
    /// <summary>A daemon's socket may be in this folder.</summary>
    public const string Trace = "qemu-daemon";

    public const string Daemon = "daemon";

    /// <summary>A name that was never used and never will be.</summary>
    public static string NameFor(GuestId guest) => $"/run/vzw-{guest}-{Guid.NewGuid():n}"[..36];

    /// <summary>Ends a daemon that was left there and removes the folder; fine when there is none.</summary>
    public static async Task RemoveAsync(string folder, HostPrograms programs, TimeProvider time, CancellationToken cancellation)
    {
        await StorageDaemon.EndLeftoverAsync(Path.Combine(folder, Daemon), time, cancellation);
        if (Directory.Exists(folder))
        {
            await PrivateFolder.RemoveAsync(folder, programs, cancellation);
        }
    }
}
