using VzDump.Engine.Archives;

namespace VzDump.Engine.Storages;

/// <summary>The archives of all storages, read from their folders.</summary>
public sealed class ArchiveCatalogue(StorageInventory storages, TimeProvider time)
{
    /// <summary>Newest first. A storage that cannot be read becomes a problem and does not hide the others.</summary>
    public async Task<ArchiveListing> ListAsync(CancellationToken cancellation)
    {
        var problems = new List<string>();
        var archives = new List<Archive>();
        try
        {
            foreach (var storage in await storages.ListAsync(cancellation))
            {
                if (storage.Problem is { } problem)
                {
                    problems.Add(problem);
                    continue;
                }

                try
                {
                    archives.AddRange(ArchiveFolder.List(storage.Name, storage.ArchiveFolder, time.LocalTimeZone));
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    problems.Add($"The archives of the storage '{storage.Name}' cannot be read: {error.Message}");
                }
            }
        }
        catch (ProblemException problem)
        {
            problems.Add(problem.Message);
        }

        return new ArchiveListing([.. archives.OrderByDescending(archive => archive.Time).ThenBy(archive => archive.Name, StringComparer.Ordinal)], problems);
    }
}

/// <param name="Problems">Sentences for a person.</param>
public sealed record ArchiveListing(IReadOnlyList<Archive> Archives, IReadOnlyList<string> Problems);
