using System.Runtime.InteropServices;

namespace VzDump.Engine.Host;

/// <summary>Copies of files that share their blocks until one of them is written: reflinks, as xfs and btrfs have them.</summary>
internal static class FileClone
{
    private const int OnlyOwner = 0b110_000_000;
    private const int WriteNewCloseOnExec = 0x1 | 0x40 | 0x80 | 0x80000;
    private const int ReadCloseOnExec = 0x80000;

    /// <summary>The file as it is at one moment, under a name that is not taken. Costs no room and, whatever its size, some milliseconds.</summary>
    /// <exception cref="IOException">The file system has no reflinks, or refused.</exception>
    public static void Make(string from, string to)
    {
        // Not .NET's own: it locks the file, which whoever runs the guest may have locked.
        using var source = LinuxCalls.Open(from, ReadCloseOnExec, 0);
        Check(!source.IsInvalid, from);
        using var target = LinuxCalls.Open(to, WriteNewCloseOnExec, OnlyOwner);
        Check(!target.IsInvalid, to);
        if (LinuxCalls.Control(target, LinuxCalls.CloneFile, source.DangerousGetHandle()) != 0)
        {
            var error = Marshal.GetLastPInvokeErrorMessage();
            File.Delete(to);
            throw new IOException($"'{from}' cannot be cloned: {error}");
        }
    }

    /// <summary>Whether files in a folder can be cloned, tried out with a file of a few bytes.</summary>
    public static bool IsPossibleIn(string folder)
    {
        var (one, two) = (Path.Combine(folder, $".vzdump-{Guid.NewGuid():N}"), Path.Combine(folder, $".vzdump-{Guid.NewGuid():N}"));
        try
        {
            File.WriteAllBytes(one, new byte[4096]);
            Make(one, two);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            File.Delete(one);
            File.Delete(two);
        }
    }

    /// <summary>Writes what a whole file system still holds in memory to its disk.</summary>
    /// <exception cref="IOException">It could not all be written.</exception>
    public static void FlushFileSystem(string folder)
    {
        using var handle = LinuxCalls.Open(folder, ReadCloseOnExec, 0);
        Check(!handle.IsInvalid, folder);
        Check(LinuxCalls.SyncFileSystem(handle) == 0, folder);
    }

    private static void Check(bool succeeded, string path)
    {
        if (!succeeded)
        {
            throw new IOException($"'{path}': {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
