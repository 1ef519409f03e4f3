using VzDump.Engine.Archives.Vma;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>Unpacks a disk for as long as the file system keeps enough free: the runs' database and logs lie there, too.</summary>
internal sealed class BoundedTarget : IVmaTarget, IDisposable
{
    private const long LookEveryBytes = 64L << 20;
    private readonly VmaFileTarget _target;
    private readonly string _folder;
    private readonly long _leavesFree;
    private long _nextLook;

    public BoundedTarget(VmaFileTarget target, string folder, long leavesFree) => (_target, _folder, _leavesFree) = (target, folder, leavesFree);

    /// <summary>In bytes.</summary>
    public long WrittenBytes { get; private set; }

    /// <exception cref="ProblemException">Too little is free.</exception>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        WrittenBytes += data.Length;
        if (WrittenBytes > _nextLook)
        {
            _nextLook = WrittenBytes + LookEveryBytes;
            if (new DriveInfo(_folder).AvailableFreeSpace - data.Length < _leavesFree)
            {
                throw new ProblemException($"There is not enough free space in '{_folder}' to unpack the disk. Make room there, or restore the machine under another VMID to a storage that has room.");
            }
        }

        return _target.WriteAsync(offset, data, cancellation);
    }

    public void Dispose() => _target.Dispose();
}
