using Microsoft.EntityFrameworkCore;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Audit;

/// <summary>Who did what. Entries are only ever added; none holds a secret.</summary>
public sealed class AuditTrail
{
    private const int MostChoices = 200;
    private readonly JobsDatabase _databases;
    private readonly TimeProvider _time;

    internal AuditTrail(JobsDatabase databases, TimeProvider time)
    {
        _databases = databases;
        _time = time;
    }

    /// <param name="what">A few words without a name in them, e.g. <c>archive deleted</c>: they can be filtered by.</param>
    /// <param name="subject">What it was done to, e.g. the name of the archive.</param>
    public async Task AddAsync(string who, string what, string subject, string? details, CancellationToken cancellation)
    {
        await using var database = _databases.Open();
        database.Add(new AuditRow { At = _time.GetUtcNow(), Who = who, What = what, Subject = subject, Details = details });
        await database.SaveChangesAsync(cancellation);
    }

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<AuditEntry>> ListAsync(int skip, int take, CancellationToken cancellation) => ListAsync(new AuditFilter(), skip, take, cancellation);

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(AuditFilter filter, int skip, int take, CancellationToken cancellation)
    {
        await using var database = _databases.Open();
        return await Within(database, filter).OrderByDescending(row => row.Id).Skip(skip).Take(take)
            .Select(row => new AuditEntry(row.At, row.Who, row.What, row.Subject, row.Details)).ToListAsync(cancellation);
    }

    public async Task<int> CountAsync(AuditFilter filter, CancellationToken cancellation)
    {
        await using var database = _databases.Open();
        return await Within(database, filter).CountAsync(cancellation);
    }

    /// <summary>What one can filter by.</summary>
    public async Task<AuditChoices> ChoicesAsync(CancellationToken cancellation)
    {
        await using var database = _databases.Open();
        return new AuditChoices(
            await database.Audit.Select(row => row.Who).Distinct().Order().Take(MostChoices).ToListAsync(cancellation),
            await database.Audit.Select(row => row.What).Distinct().Order().Take(MostChoices).ToListAsync(cancellation));
    }

    private static IQueryable<AuditRow> Within(JobsDbContext database, AuditFilter filter)
    {
        IQueryable<AuditRow> rows = database.Audit.AsNoTracking();
        if (!string.IsNullOrEmpty(filter.Who))
        {
            rows = rows.Where(row => row.Who == filter.Who);
        }

        if (!string.IsNullOrEmpty(filter.What))
        {
            rows = rows.Where(row => row.What == filter.What);
        }

        if (filter.Find?.Trim().ToLowerInvariant() is { Length: > 0 } words)
        {
#pragma warning disable CA1304, CA1311, CA1862, MA0011 // The database compares, not .NET.
            rows = rows.Where(row => row.Who.ToLower().Contains(words) || row.What.ToLower().Contains(words) || row.Subject.ToLower().Contains(words)
                || (row.Details != null && row.Details.ToLower().Contains(words)));
#pragma warning restore CA1304, CA1311, CA1862, MA0011
        }

        return rows;
    }
}

/// <param name="Details">Null when the other words say it all.</param>
public sealed record AuditEntry(DateTimeOffset At, string Who, string What, string Subject, string? Details);

/// <summary>Which entries are listed; null for all.</summary>
public sealed record AuditFilter
{
    public string? Who { get; init; }

    public string? What { get; init; }

    /// <summary>Stands anywhere in the entry; small and big letters are the same.</summary>
    public string? Find { get; init; }
}

/// <summary>Who has done something, and what was done.</summary>
public sealed record AuditChoices(IReadOnlyList<string> Who, IReadOnlyList<string> What);
