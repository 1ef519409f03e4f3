using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VzDump.Engine.Host;

/// <summary>An exclusive <c>flock</c> on a file, as vzdump takes it. The kernel frees it when the process ends, however it ends.</summary>
public sealed class FileLock : IDisposable
{
    // .NET takes a shared flock on every file that it opens, which would already fail here; so this file is opened without it.
    private const int ReadWriteCreateCloseOnExec = 0x2 | 0x40 | 0x80000;
    private const int Mode = 0b110_100_100;
    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock if nobody holds it; null otherwise. The file is made when it is not there.</summary>
    /// <exception cref="IOException">The file cannot be opened or locked.</exception>
    public static FileLock? TryTake(string path)
    {
        var file = LinuxCalls.Open(path, ReadWriteCreateCloseOnExec, Mode);
        if (!file.IsInvalid && LinuxCalls.Flock(file, LinuxCalls.LockExclusive | LinuxCalls.LockNonBlocking) == 0)
        {
            return new FileLock(file);
        }

        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        return error == LinuxCalls.WouldBlock ? null : throw new IOException($"The lock file '{path}' cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    public void Dispose() => _file.Dispose();
}
