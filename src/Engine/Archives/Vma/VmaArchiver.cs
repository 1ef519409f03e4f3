using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Writes a virtual machine's disks as a VMA archive.</summary>
public sealed class VmaArchiver
{
    public Task WriteAsync(GuestContent.Disks content, Stream destination, IProgress<long> readBytes, ITaskLog log, CancellationToken cancellation) => throw new NotSupportedException();
}
