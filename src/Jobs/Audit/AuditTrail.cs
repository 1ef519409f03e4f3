using Microsoft.EntityFrameworkCore;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Audit;

/// <summary>Who did what. Entries are only ever added; none holds a secret.</summary>
public sealed class AuditTrail
{
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
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(int skip, int take, CancellationToken cancellation)
    {
        await using var database = _databases.Open();
        return await database.Audit.OrderByDescending(row => row.Id).Skip(skip).Take(take)
            .Select(row => new AuditEntry(row.At, row.Who, row.What, row.Subject, row.Details)).ToListAsync(cancellation);
    }
}

/// <param name="Details">Null when the other words say it all.</param>
public sealed record AuditEntry(DateTimeOffset At, string Who, string What, string Subject, string? Details);
