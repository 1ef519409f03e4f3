namespace VzDump.Engine.Archives.Vma;

/// <summary>Where one device of an archive is restored to. It must read as zeros wherever nothing is written.</summary>
public interface IVmaTarget
{
    /// <summary>
    /// Takes data at an offset, mostly in rising order but not always. Data of a device ends at its size; a memory state
    /// (<see cref="VmaDevice.IsVmState"/>) may be longer than announced.
    /// </summary>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation);
}
