using System.Runtime.InteropServices;

namespace VzDump.Engine.Host;

/// <summary>A lock that is a folder: who can make it has it. Proxmox VE's cluster file system locks files so, for all nodes at once.</summary>
public sealed class FolderLock : IDisposable
{
    private const int AlreadyExists = 17;
    private const int OwnerOnly = 0b111_000_000;
    private readonly string _path;

    private FolderLock(string path) => _path = path;

    /// <summary>Takes the lock if nobody holds it; null otherwise. The cluster takes a lock away from a holder that has been gone for two minutes.</summary>
    /// <exception cref="IOException">The folder cannot be made for another reason.</exception>
    public static FolderLock? TryTake(string path)
    {
        if (LinuxCalls.MakeFolder(path, OwnerOnly) == 0)
        {
            return new FolderLock(path);
        }

        var error = Marshal.GetLastPInvokeError();
        if (error != AlreadyExists)
        {
            throw new IOException($"The lock '{path}' cannot be taken: {Marshal.GetPInvokeErrorMessage(error)}.", error);
        }

        AskForOldLock(path);
        return null;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_path);
        }
        catch (IOException)
        {
            // It was taken away from us; whoever did has it now.
        }
    }

    // A time of zero is how the cluster file system is asked to free a lock whose holder is gone.
    private static void AskForOldLock(string path)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Freed in between, or not to be freed yet.
        }
    }
}
