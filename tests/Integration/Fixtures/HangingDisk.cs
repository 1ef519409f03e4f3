using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>
/// A real file system that takes every question and answers none, as a network file system whose server is gone. Whoever asks waits in a state in
/// which not even a kill ends it. It is a FUSE mount served by this process. Disposing answers what waits with an error, and unmounts.
/// </summary>
public sealed partial class HangingDisk : IDisposable
{
    private const int ReadWriteCloseOnExec = 0x2 | 0x80000;
    private const int Detach = 2;
    private const uint Init = 26;
    private const uint Interrupted = 36; // not a question: somebody tried to end one who asks
    private const int HeaderBytes = 16;
    private const int NotConnected = -107;
    private readonly SafeFileHandle _device;
    private readonly string _folder;
    private readonly ConcurrentQueue<ulong> _waiting = new();
    private volatile bool _isGone;

    private HangingDisk(SafeFileHandle device, string folder) => (_device, _folder) = (device, folder);

    /// <summary>Questions that wait for an answer.</summary>
    public int Waiting => _waiting.Count;

    public static HangingDisk Mount(string folder)
    {
        Directory.CreateDirectory(folder);
        var device = Open("/dev/fuse", ReadWriteCloseOnExec, 0);
        Assert.False(device.IsInvalid, "/dev/fuse cannot be opened");
        var mounted = MountAt("vzdump-hanging", folder, "fuse", 0, $"fd={device.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0");
        Assert.True(mounted == 0, $"the FUSE mount failed: {Marshal.GetLastPInvokeErrorMessage()}");
        var disk = new HangingDisk(device, folder);
        new Thread(disk.Listen) { IsBackground = true, Name = "hanging disk" }.Start();
        return disk;
    }

    public void Dispose()
    {
        _isGone = true;
        _ = UnmountAt(_folder, Detach);
        while (_waiting.TryDequeue(out var question))
        {
            Answer(question, NotConnected, []);
        }
    }

    private void Listen()
    {
        var request = new byte[1024 * 1024];
        // Ends with an error when the last one who uses the file system has left it.
        while (Read(_device, request, request.Length) is var count && count > 0)
        {
            // e.g. length 56, operation 26, number 2, then who asks
            var (operation, number) = (BinaryPrimitives.ReadUInt32LittleEndian(request.AsSpan(4)), BinaryPrimitives.ReadUInt64LittleEndian(request.AsSpan(8)));
            if (operation == Init)
            {
                var version = new byte[64];
                BinaryPrimitives.WriteUInt32LittleEndian(version, 7);
                BinaryPrimitives.WriteUInt32LittleEndian(version.AsSpan(4), 31);
                BinaryPrimitives.WriteUInt32LittleEndian(version.AsSpan(20), 4096); // the largest write
                Answer(number, 0, version);
            }
            else if (_isGone)
            {
                Answer(number, NotConnected, []);
            }
            else if (operation is not Interrupted)
            {
                _waiting.Enqueue(number);
            }
        }
    }

    private void Answer(ulong question, int error, byte[] body)
    {
        var answer = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(answer, answer.Length);
        BinaryPrimitives.WriteInt32LittleEndian(answer.AsSpan(4), error);
        BinaryPrimitives.WriteUInt64LittleEndian(answer.AsSpan(8), question);
        body.CopyTo(answer, HeaderBytes);
        _ = Write(_device, answer, answer.Length);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountAt(string source, string folder, string type, ulong flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountAt(string folder, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, byte[] buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, byte[] buffer, nint count);
}
