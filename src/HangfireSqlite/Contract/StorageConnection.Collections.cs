using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Contract;

internal sealed partial class StorageConnection
{
    private const string Range = "LIMIT ?3 - ?2 + 1 OFFSET ?2";

    public override HashSet<string> GetAllItemsFromSet(string key) =>
        [.. Texts(key, "SELECT value FROM set_item WHERE key = ?1 ORDER BY score, value", key)];

    public override string? GetFirstByLowestScoreFromSet(string key, double fromScore, double toScore) => Lowest(key, fromScore, toScore, 1).FirstOrDefault();

    public override List<string> GetFirstByLowestScoreFromSet(string key, double fromScore, double toScore, int count) =>
        Lowest(key, fromScore, toScore, count);

    public override long GetSetCount(string key) => Count(Whole.Set, key);

    public override long GetSetCount(IEnumerable<string> keys, int limit)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        return database.Readers.ReadTogether(handle =>
        {
            var count = 0L;
            foreach (var key in keys)
            {
                if (count >= limit)
                {
                    break;
                }

                count += handle.Number("SELECT count(*) FROM (SELECT 1 FROM set_item WHERE key = ?1 LIMIT ?2)", key, limit - count)!.Value;
            }

            return count;
        });
    }

    public override bool GetSetContains(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        return database.Readers.Read(handle => handle.Number("SELECT 1 FROM set_item WHERE key = ?1 AND value = ?2", key, value)) is not null;
    }

    public override List<string> GetRangeFromSet(string key, int startingFrom, int endingAt) =>
        InRange(key, $"SELECT value FROM set_item WHERE key = ?1 ORDER BY score, value {Range}", startingFrom, endingAt);

    public override TimeSpan GetSetTtl(string key) => TimeLeft(Whole.Set, key);

    public override void SetRangeInHash(string key, IEnumerable<KeyValuePair<string, string>> keyValuePairs)
    {
        using var transaction = new StorageTransaction(database, this);
        transaction.SetRangeInHash(key, keyValuePairs);
        transaction.Commit();
    }

    public override Dictionary<string, string>? GetAllEntriesFromHash(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var fields = database.Readers.Read(handle =>
        {
            using var rows = handle.Query("SELECT field, value FROM hash_field WHERE key = ?1", key);
            var all = new Dictionary<string, string>(StringComparer.Ordinal);
            while (rows.Next())
            {
                all.Add(rows.Text(0), rows.MaybeText(1)!);
            }

            return all;
        });
        return fields.Count > 0 ? fields : null;
    }

    public override string? GetValueFromHash(string key, string name)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(name);
        return database.Readers.Read(handle => handle.Text("SELECT value FROM hash_field WHERE key = ?1 AND field = ?2", key, name));
    }

    public override long GetHashCount(string key) => Count(Whole.Hash, key);

    public override TimeSpan GetHashTtl(string key) => TimeLeft(Whole.Hash, key);

    public override long GetListCount(string key) => Count(Whole.List, key);

    public override List<string> GetAllItemsFromList(string key) => Texts(key, "SELECT value FROM list_item WHERE key = ?1 ORDER BY id DESC", key);

    public override List<string> GetRangeFromList(string key, int startingFrom, int endingAt) =>
        InRange(key, $"SELECT value FROM list_item WHERE key = ?1 ORDER BY id DESC {Range}", startingFrom, endingAt);

    public override TimeSpan GetListTtl(string key) => TimeLeft(Whole.List, key);

    public override long GetCounter(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return database.Readers.Read(handle => handle.Number("SELECT value FROM counter WHERE key = ?1", key)) ?? 0;
    }

    private List<string> Lowest(string key, double fromScore, double toScore, int count)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (toScore < fromScore)
        {
            throw new ArgumentException("The highest score is below the lowest one.", nameof(toScore));
        }

        if (count <= 0)
        {
            throw new ArgumentException("At least one item is asked for.", nameof(count));
        }

        return Texts(key, "SELECT value FROM set_item WHERE key = ?1 AND score BETWEEN ?2 AND ?3 ORDER BY score, value LIMIT ?4", key, fromScore, toScore, count);
    }

    private List<string> InRange(string key, string sql, int startingFrom, int endingAt)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (startingFrom < 0)
        {
            throw new ArgumentException("A range begins at 0 or later.", nameof(startingFrom));
        }

        if (endingAt < startingFrom)
        {
            throw new ArgumentException("A range does not end before it begins.", nameof(endingAt));
        }

        return Texts(key, sql, key, startingFrom, endingAt);
    }

    private List<string> Texts(string key, string sql, params Value[] values)
    {
        ArgumentNullException.ThrowIfNull(key);
        return database.Readers.Read(handle => handle.Texts(sql, values));
    }

    private long Count(Whole whole, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return database.Readers.Read(handle => whole.Count(handle, key));
    }

    // Negative: it stays, or is not there.
    private TimeSpan TimeLeft(Whole whole, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return database.Readers.Read(handle => whole.End(handle, key)) is { } end
            ? TimeSpan.FromTicks(Math.Max(end - database.Now, 0))
            : TimeSpan.FromSeconds(-1);
    }
}
