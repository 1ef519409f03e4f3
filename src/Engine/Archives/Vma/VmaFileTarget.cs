using Microsoft.Win32.SafeHandles;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Restores a device into a new sparse file.</summary>
public sealed class VmaFileTarget : IVmaTarget, IDisposable
{
    private readonly SafeFileHandle _file;

    private VmaFileTarget(SafeFileHandle file) => _file = file;

    /// <param name="path">Must not exist yet.</param>
    /// <param name="size">In bytes.</param>
    public static VmaFileTarget Create(string path, long size)
    {
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        try
        {
            RandomAccess.SetLength(file, size);  // all of it a hole
            return new VmaFileTarget(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <param name="path">A file that is there, as long as the device, and reads as zeros.</param>
    public static VmaFileTarget Open(string path) => new(File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.Read));

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        // Not asynchronously: that would be a change of threads for each run of a few blocks, and a pool's thread is what drains the archive.
        cancellation.ThrowIfCancellationRequested();
        RandomAccess.Write(_file, data.Span, offset);
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _file.Dispose();
}
