using VzDump.Engine.Archives;
using VzDump.Engine.Storages;

namespace VzDump.Jobs.Checks;

/// <summary>What lies on these storages, null for all: in the product <see cref="ArchiveCatalogue"/>'s.</summary>
public delegate Task<ArchiveListing> ListArchives(IReadOnlyCollection<string>? storages, CancellationToken cancellation);

/// <summary>One archive as it is now; null when there is none. A storage that cannot be read is a <see cref="Engine.ProblemException"/>.</summary>
public delegate Task<Archive?> FindArchive(ArchiveId archive, CancellationToken cancellation);
