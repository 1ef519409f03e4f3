using System.Runtime.CompilerServices;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Jobs.History;
using VzDump.Web.SignIn;

namespace VzDump.Web.Archives;

/// <summary>Archives for pages and endpoints: shows and does no more than the rights of who asks allow, and keeps who did what.</summary>
public sealed class ArchiveDesk(ArchiveCatalogue catalogue, ArchiveChecks checks, AuditTrail audit)
{
    /// <summary>Newest first.</summary>
    public async Task<ArchiveListing> ListAsync(Rights rights, CancellationToken cancellation) => See(rights, await catalogue.ListAsync(cancellation));

    /// <summary>See <see cref="ArchiveCatalogue.WatchAsync"/>. Ends when his rights do.</summary>
    /// <param name="rights">Asked before each listing.</param>
    public async IAsyncEnumerable<ArchiveListing> WatchAsync(Func<CancellationToken, Task<Rights>> rights, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var listing in catalogue.WatchAsync(cancellation))
        {
            if (await rights(cancellation) is not { Role: not null } now)
            {
                yield break;
            }

            yield return See(now, listing);
        }
    }

    /// <summary>How the last check of each archive ended, by its path. It is only told beside an archive that is seen.</summary>
    public Task<IReadOnlyDictionary<string, CheckedArchive>> ListChecksAsync(CancellationToken cancellation) => checks.ListAsync(cancellation);

    /// <summary>Null when there is none for him.</summary>
    /// <exception cref="ProblemException">Its storage cannot be read.</exception>
    public async Task<Archive?> FindAsync(Rights rights, ArchiveId archive, CancellationToken cancellation) =>
        rights.Sees(archive.Guest) ? await catalogue.FindAsync(archive, cancellation) : null;

    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public async Task<ArchiveLog> ReadLogAsync(Rights rights, ArchiveId archive, CancellationToken cancellation)
    {
        Need(rights, Role.Viewer, archive);
        return await catalogue.ReadLogAsync(archive, cancellation);
    }

    /// <summary>Its notes, whole.</summary>
    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public async Task<string> ReadNotesAsync(Rights rights, ArchiveId archive, CancellationToken cancellation)
    {
        Need(rights, Role.Viewer, archive);
        return await catalogue.ReadNotesAsync(archive, cancellation);
    }

    /// <summary>Where an archive lies that is about to be downloaded: all that its guest holds. Null when there is none for him.</summary>
    public async Task<Archive?> DownloadAsync(Rights rights, ArchiveId id, CancellationToken cancellation)
    {
        if (!rights.May(Role.Operator) || await FindAsync(rights, id, cancellation) is not { } archive)
        {
            return null;
        }

        await audit.AddAsync(rights.Who, "archive downloaded", id.ToString(), null, CancellationToken.None);
        return archive;
    }

    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public async Task<ArchivedConfigs> ReadConfigAsync(Rights rights, ArchiveId archive, CancellationToken cancellation)
    {
        Need(rights, Role.Viewer, archive);
        return await catalogue.ReadConfigAsync(archive, cancellation);
    }

    /// <exception cref="ProblemException">He may not do this, or it cannot be done.</exception>
    public async Task SetNotesAsync(Rights rights, ArchiveId archive, string notes, CancellationToken cancellation)
    {
        Need(rights, Role.Operator, archive);
        await catalogue.SetNotesAsync(archive, notes, cancellation);
        await audit.AddAsync(rights.Who, "notes changed", archive.ToString(), null, CancellationToken.None);
    }

    /// <exception cref="ProblemException">He may not do this, or it cannot be done.</exception>
    public async Task SetProtectedAsync(Rights rights, ArchiveId archive, bool isProtected, CancellationToken cancellation)
    {
        Need(rights, Role.Operator, archive);
        await catalogue.SetProtectedAsync(archive, isProtected, rights.AdministersNode, cancellation);
        await audit.AddAsync(rights.Who, isProtected ? "archive protected" : "protection removed", archive.ToString(), null, CancellationToken.None);
    }

    /// <exception cref="ProblemException">He may not do this, or it cannot be done.</exception>
    public async Task RemoveAsync(Rights rights, ArchiveId archive, CancellationToken cancellation)
    {
        Need(rights, Role.Administrator, archive);
        await catalogue.RemoveAsync(archive, cancellation);
        await audit.AddAsync(rights.Who, "archive deleted", archive.ToString(), null, CancellationToken.None);
    }

    private static ArchiveListing See(Rights rights, ArchiveListing listing) =>
        rights.SeesAll ? listing : new ArchiveListing([.. listing.Archives.Where(archive => rights.Sees(archive.Guest))], listing.Problems);

    private static void Need(Rights rights, Role least, ArchiveId archive)
    {
        rights.Need(least);
        // The words of an archive that is not there.
        if (!rights.Sees(archive.Guest))
        {
            throw new ProblemException($"There is no archive '{archive.Name}' on the storage '{archive.Storage}'.");
        }
    }
}
