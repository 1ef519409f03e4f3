namespace VzDump.Engine.Archives.Vma;

/// <summary>What an archive's header says. Its names are safe as file names and appear once each.</summary>
public sealed record VmaHeader
{
    public required Guid Uuid { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required IReadOnlyList<VmaConfig> Configs { get; init; }

    /// <summary>Ordered by stream id.</summary>
    public required IReadOnlyList<VmaDevice> Devices { get; init; }

    /// <summary>In bytes.</summary>
    internal int Length { get; init; }
}

/// <summary>A device in an archive.</summary>
/// <param name="StreamId">1 to 254.</param>
/// <param name="Name">e.g. <c>drive-scsi0</c>.</param>
/// <param name="Size">In bytes.</param>
public sealed record VmaDevice(int StreamId, string Name, long Size)
{
    /// <summary>Whether it is a saved memory state, whose clusters come in order and whose size is only an estimate.</summary>
    public bool IsVmState => Name == "vmstate";
}
