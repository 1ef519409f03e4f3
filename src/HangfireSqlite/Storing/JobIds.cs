using System.Globalization;

namespace VzDump.HangfireSqlite.Storing;

/// <summary>Numbers for new jobs, taken from the database in blocks, so that a job has its number before it is committed.</summary>
internal sealed class JobIds(Writer writer)
{
    private const int Block = 64;
    private readonly Lock _gate = new();
    private long _next = 1;
    private long _last;

    public long Next()
    {
        lock (_gate)
        {
            if (_next > _last)
            {
                _last = writer.Do(handle => handle.Number("UPDATE sequence SET last = last + ?1 WHERE name = 'job' RETURNING last", Block)!.Value);
                _next = _last - Block + 1;
            }

            return _next++;
        }
    }

    public static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Null when the text is no id of this storage.</summary>
    public static long? Parse(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
