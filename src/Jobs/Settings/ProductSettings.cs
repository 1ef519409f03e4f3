using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Settings;

/// <summary>What is set in the dashboard and kept: one value of a plain record for each key.</summary>
public sealed class ProductSettings
{
    private readonly JobsDatabase _databases;
    private readonly TimeProvider _time;

    internal ProductSettings(JobsDatabase databases, TimeProvider time)
    {
        _databases = databases;
        _time = time;
    }

    /// <summary>Null when it was never set, or by a version that knew it otherwise.</summary>
    public async Task<TValue?> FindAsync<TValue>(string key, CancellationToken cancellation)
        where TValue : class
    {
        await using var database = _databases.Open();
        var text = await database.Settings.Where(row => row.Key == key).Select(row => row.Value).SingleOrDefaultAsync(cancellation);
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<TValue>(text, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The change and the note of who made it are one transaction; the note names the key, not the value.</summary>
    public Task SetAsync<TValue>(string key, TValue value, string by, CancellationToken cancellation)
        where TValue : class =>
        WriteAsync(key, value, by, new AuditRow { At = _time.GetUtcNow(), Who = by, What = "setting changed", Subject = key }, cancellation);

    /// <summary>For what the program notes for itself: nobody has changed anything, so the audit says nothing of it.</summary>
    internal Task NoteAsync<TValue>(string key, TValue value, CancellationToken cancellation)
        where TValue : class =>
        WriteAsync(key, value, Run.Scheduler, note: null, cancellation);

    private async Task WriteAsync<TValue>(string key, TValue value, string by, AuditRow? note, CancellationToken cancellation)
    {
        var text = JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
        var now = _time.GetUtcNow();
        await using var database = _databases.Open();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        if (await database.Settings.Where(row => row.Key == key).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.Value, text).SetProperty(row => row.ChangedAt, now).SetProperty(row => row.ChangedBy, by), cancellation) == 0)
        {
            database.Add(new SettingRow { Key = key, Value = text, ChangedAt = now, ChangedBy = by });
        }

        if (note is not null)
        {
            database.Add(note);
        }

        await database.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>As if it had never been set; noted like a change.</summary>
    public async Task RemoveAsync(string key, string by, CancellationToken cancellation)
    {
        await using var database = _databases.Open();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        await database.Settings.Where(row => row.Key == key).ExecuteDeleteAsync(cancellation);
        database.Add(new AuditRow { At = _time.GetUtcNow(), Who = by, What = "setting removed", Subject = key });
        await database.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
