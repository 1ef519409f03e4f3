namespace VzDump.Engine.Archives.Vma;

/// <summary>What an archive holds, in bytes.</summary>
/// <param name="DeviceBytes">The sizes of all devices, each rounded up to 512.</param>
/// <param name="ZeroBytes">The part of <paramref name="DeviceBytes"/> that is zero and not stored.</param>
/// <param name="ArchiveBytes">The archive itself, before any compression.</param>
public sealed record VmaSummary(long DeviceBytes, long ZeroBytes, long ArchiveBytes);
