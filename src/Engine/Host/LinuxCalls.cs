using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VzDump.Engine.Host;

/// <summary>The system calls that .NET has no door to.</summary>
internal static partial class LinuxCalls
{
    public const int SigTerm = 15;
    public const int SigKill = 9;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int SetPipeSize = 1031;
    public const int SeekData = 3;
    public const int SeekHole = 4;
    public const int NoSuchDeviceOrAddress = 6;
    public const int WouldBlock = 11;
    public const int NoSpaceLeft = 28;
    public const int OverQuota = 122;
    public const int InputOutputError = 5;
    public const int ReadOnlyFileSystem = 30;

    // This one has the same number on every kind of processor.
    public const long PidfdOpen = 434;
    public const short PollIn = 1;
    public const nuint CloneFile = 0x40049409; // FICLONE

    // The C library has no function for these two; the numbers differ from one kind of processor to the other.
    public static long IoPrioritySet => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 30 : 251;

    public static long IoPriorityGet => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 31 : 252;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial long System(long number, long first, long second, long third);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(SafeHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetExtendedAttribute(string path, string name, ReadOnlySpan<byte> value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFolder(string path, int mode);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(ref PollRequest requests, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [StructLayout(LayoutKind.Sequential)]
    public struct PollRequest
    {
        public int File;
        public short Wanted;
        public short Got;
    }
}
