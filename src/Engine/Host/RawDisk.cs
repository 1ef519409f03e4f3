using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VzDump.Engine.Host;

/// <summary>A raw image file or block device as a disk. The file system tells where a file's holes are.</summary>
public sealed class RawDisk : IDisk
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly int? _ioPriority;

    private RawDisk(SafeFileHandle file, string path, long length, int? ioPriority)
    {
        _ioPriority = ioPriority;
        _file = file;
        _path = path;
        Length = length;
    }

    public long Length { get; }

    /// <exception cref="ProblemException">The image is not there, empty or not readable.</exception>
    /// <param name="ioPriority">vzdump's <c>ionice</c> for reading; null leaves it as it is.</param>
    public static RawDisk Open(string path, int? ioPriority = null)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            const int fromEnd = 2;
            var length = LinuxCalls.Seek(file, 0, fromEnd); // File.Length says 0 for a block device
            return length > 0 ? new RawDisk(file, path, length, ioPriority) : throw new ProblemException($"The disk image '{path}' is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new ProblemException($"The disk image '{path}' cannot be opened: {error.Message}", error);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    public ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation)
    {
        var data = LinuxCalls.Seek(_file, offset, LinuxCalls.SeekData);
        if (data < 0)
        {
            // ENXIO: a hole up to the end. Any other answer: a block device, or a file system that does not know, so all of it is data.
            return new(new DiskExtent(Length, Marshal.GetLastPInvokeError() == LinuxCalls.NoSuchDeviceOrAddress));
        }

        if (data > offset)
        {
            return new(new DiskExtent(Math.Min(data, Length), IsHole: true));
        }

        var hole = LinuxCalls.Seek(_file, offset, LinuxCalls.SeekHole);
        return new(new DiskExtent(hole > offset ? Math.Min(hole, Length) : Length, IsHole: false));
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var (at, rest) = (offset + done, buffer[done..]);
            // A file is read by a thread either way; only there can the priority be set.
            var count = _ioPriority is { } priority
                ? await Task.Run(() => IoPriority.Do(priority, () => RandomAccess.Read(_file, rest.Span, at)), cancellation)
                : await RandomAccess.ReadAsync(_file, rest, at, cancellation);
            if (count == 0)
            {
                throw new IOException($"The disk image '{_path}' ends at {offset + done} bytes; it was {Length} bytes long when the backup began.");
            }

            done += count;
        }
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}
