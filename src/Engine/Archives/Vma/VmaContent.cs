using VzDump.Engine.Host;

namespace VzDump.Engine.Archives.Vma;

/// <summary>What goes into one archive. The disks stay the caller's to close.</summary>
public sealed record VmaContent
{
    public required Guid Uuid { get; init; }

    /// <summary>Kept in whole seconds.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>At most 256, in the order in which they are stored.</summary>
    public IReadOnlyList<VmaConfig> Configs { get; init; } = [];

    /// <summary>At most 254; the first has stream id 1.</summary>
    public IReadOnlyList<VmaStream> Streams { get; init; } = [];
}

/// <summary>A configuration file inside an archive, at most 65535 bytes.</summary>
public sealed record VmaConfig(string Name, ReadOnlyMemory<byte> Data);

/// <summary>A disk to archive under a device name, e.g. <c>drive-scsi0</c>.</summary>
public sealed record VmaStream(string Name, IDisk Disk);
