using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Knows how archives of one type of guest become guests.</summary>
internal interface IGuestRestorer
{
    GuestKind Kind { get; }

    /// <summary>Decides what the restore will do. Nothing is done yet.</summary>
    /// <param name="existing">The guest that has the VMID now; null when it is free.</param>
    /// <exception cref="ProblemException">It cannot be restored so.</exception>
    Task<RestorePlan> PlanAsync(RestoreRequest request, ArchivedConfigs archived, Guest? existing, CancellationToken cancellation);

    /// <summary>The plain LXC container whose VMID is reserved until its configuration is there; null when the configuration itself is named by the VMID.</summary>
    LxcName? ReservationOf(RestorePlan plan);

    /// <summary>Whether that container had this VMID before, and is not there any more.</summary>
    Task<bool> IsNumberedAsync(RestorePlan plan, CancellationToken cancellation);

    /// <summary>Reserves it.</summary>
    /// <exception cref="ProblemException">Somebody else has it.</exception>
    Task ReserveAsync(RestorePlan plan, CancellationToken cancellation);

    /// <summary>Writes the archive's data into the new volumes, which exist and are empty, and makes it durable.</summary>
    /// <param name="archive">The uncompressed archive, from its beginning; read to its end.</param>
    /// <exception cref="ProblemException">The archive is damaged, or the data cannot be written.</exception>
    Task FillAsync(RestorePlan plan, Stream archive, ITaskLog log, CancellationToken cancellation);
}
