using VzDump.Engine.Archives;

namespace VzDump.Engine.Storages;

/// <summary>The archives of all storages, read from their folders.</summary>
public sealed class ArchiveCatalogue
{
    /// <summary>Newest first. A storage that cannot be read becomes a problem and does not hide the others.</summary>
    public Task<ArchiveListing> ListAsync(CancellationToken cancellation) => throw new NotSupportedException();
}

/// <param name="Problems">Sentences for a person.</param>
public sealed record ArchiveListing(IReadOnlyList<Archive> Archives, IReadOnlyList<string> Problems);
