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
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, FileOptions.Asynchronous);
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

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation) =>
        RandomAccess.WriteAsync(_file, data, offset, cancellation);

    public void Dispose() => _file.Dispose();
}
