using System.Runtime.InteropServices;

namespace VzDump.Engine.Host;

/// <summary>An exclusive <c>flock</c> on a file, as vzdump takes it. The kernel frees it when the process ends, however it ends.</summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock if nobody holds it; null otherwise. The file is made when it is not there.</summary>
    public static FileLock? TryTake(string path)
    {
        // FileShare.ReadWrite keeps .NET from taking a lock of its own on the file. A child must not inherit it; .NET opens with O_CLOEXEC.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (LinuxCalls.Flock(file.SafeFileHandle, LinuxCalls.LockExclusive | LinuxCalls.LockNonBlocking) == 0)
        {
            return new FileLock(file);
        }

        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        return error == LinuxCalls.WouldBlock ? null : throw new IOException($"The lock file '{path}' cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    public void Dispose() => _file.Dispose();
}
