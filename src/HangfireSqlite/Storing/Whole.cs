namespace VzDump.HangfireSqlite.Storing;

/// <summary>What a set, a list and a hash have in common: they are there as long as something is in them, and may end as a whole.</summary>
internal sealed class Whole
{
    public static readonly Whole Set = new("set", "set_item", "value");
    public static readonly Whole List = new("list", "list_item", "id");
    public static readonly Whole Hash = new("hash", "hash_field", "field");

    private readonly string _kind;
    private readonly string _exists;
    private readonly string _remove;
    private readonly string _count;

    private Whole(string kind, string table, string item)
    {
        _kind = kind;
        _exists = $"SELECT 1 FROM {table} WHERE key = ?1 LIMIT 1";
        _remove = $"DELETE FROM {table} WHERE key = ?1";
        _count = $"SELECT count(*) FROM {table} WHERE key = ?1";
        RemoveSome = $"DELETE FROM {table} WHERE key = ?1 AND {item} IN (SELECT {item} FROM {table} WHERE key = ?1 LIMIT ?2)";
    }

    /// <summary>Deletes as many of a key's items as are wanted.</summary>
    public string RemoveSome { get; }

    public static Whole Of(string kind) => kind switch
    {
        "set" => Set,
        "list" => List,
        "hash" => Hash,
        _ => throw new InvalidOperationException($"The job storage holds a {kind}, which this version does not know."),
    };

    public long Count(Handle handle, string key) => handle.Number(_count, key)!.Value;

    /// <summary>The moment at which it ends; null when it is not there or stays.</summary>
    public long? End(Handle handle, string key) => handle.Number("SELECT expire_at FROM ending WHERE kind = ?1 AND key = ?2", _kind, key);

    public void EndAt(Handle handle, string key, long moment)
    {
        if (handle.Number(_exists, key) is not null)
        {
            handle.Run("INSERT INTO ending VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET expire_at = excluded.expire_at", _kind, key, moment);
        }
    }

    public void Stay(Handle handle, string key) => handle.Run("DELETE FROM ending WHERE kind = ?1 AND key = ?2", _kind, key);

    public void Remove(Handle handle, string key)
    {
        handle.Run(_remove, key);
        Stay(handle, key);
    }

    /// <summary>After something was taken out: an empty one is gone, and a later one with its name is new and stays.</summary>
    public void ForgetIfEmpty(Handle handle, string key)
    {
        if (End(handle, key) is not null && handle.Number(_exists, key) is null)
        {
            Stay(handle, key);
        }
    }
}
