using Hangfire.Storage.SQLite;
using VzDump.HangfireSqlite.Locking;
using VzDump.HangfireSqlite.Queueing;

namespace VzDump.HangfireSqlite.Storing;

/// <summary>An open job storage: its file, its locks, who waits for jobs and who works on them.</summary>
internal sealed class Database : IDisposable
{
    private Database(string file, SQLiteStorageOptions options, TimeProvider time, LockFile locks, Writer writer, long instance)
    {
        File = file;
        Options = options;
        Time = time;
        Locks = locks;
        Writer = writer;
        Instance = instance;
        Readers = new Readers(file, options.PoolSize);
        Ids = new JobIds(writer);
    }

    public string File { get; }

    public SQLiteStorageOptions Options { get; }

    public TimeProvider Time { get; }

    public LockFile Locks { get; }

    public Writer Writer { get; }

    public Readers Readers { get; }

    public JobIds Ids { get; }

    public WaitingWorkers Waiting { get; } = new();

    public FetchedJobs Fetched { get; } = new();

    /// <summary>This storage's own number, never given before. Its place in the lock file is held as long as the storage is open.</summary>
    public long Instance { get; }

    /// <summary>Ticks of UTC.</summary>
    public long Now => Time.GetUtcNow().UtcTicks;

    /// <summary>The moment that comes after a time, or the last or first there is.</summary>
    public long After(TimeSpan span)
    {
        var now = Now;
        return span.Ticks > DateTime.MaxValue.Ticks - now ? DateTime.MaxValue.Ticks : Math.Max(now + span.Ticks, 0);
    }

    /// <exception cref="InvalidOperationException">The file cannot be used; the message says why and what to do.</exception>
    public static Database Open(string file, SQLiteStorageOptions options, TimeProvider time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);

        // Two names of one file would have two files of locks.
        file = RealPath.Of(file);
        var locks = LockFile.Open(file + "-locks");
        Handle? handle = null;
        try
        {
            // Two processes that make the same file at once would be in each other's way.
            using var turn = locks.Resources.Take(LockFile.Opening, owner: locks, TimeSpan.FromSeconds(30))
                ?? throw new InvalidOperationException($"Another process has been opening {file} for half a minute. If none does, restart the machine's processes that use it.");
            handle = Handle.Open(file);
            Schema.Prepare(handle, file);
            var instance = handle.Number("UPDATE sequence SET last = last + 1 WHERE name = 'instance' RETURNING last")!.Value;
            if (!locks.TryHold(LockFile.OfInstance(instance)))
            {
                throw new InvalidOperationException($"The file of locks beside {file} belongs to another database. Move one of the two away.");
            }

            return new Database(file, options, time, locks, new Writer(handle), instance);
        }
        catch
        {
            handle?.Dispose();
            locks.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Readers.Dispose();
        Writer.Dispose();
        Locks.Release(LockFile.OfInstance(Instance));
        Locks.Dispose();
    }
}
