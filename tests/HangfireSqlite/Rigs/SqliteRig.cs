using Hangfire;
using Hangfire.InMemory;
using Hangfire.Storage.SQLite;

namespace VzDump.Tests.HangfireSqlite.Rigs;

/// <summary>Our storage on a file of its own.</summary>
internal sealed class SqliteRig : Rig
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vzdump-hangfire-");

    public SqliteRig(SQLiteStorageOptions? options = null, TimeProvider? time = null) =>
        Sqlite = new SQLiteStorage(File, options ?? new SQLiteStorageOptions(), time ?? TimeProvider.System);

    public string File => Path.Combine(_folder.FullName, "jobs.db");

    public string Folder => _folder.FullName;

    public SQLiteStorage Sqlite { get; }

    public override JobStorage Storage => Sqlite;

    public override void Dispose()
    {
        Sqlite.Dispose();
        _folder.Delete(recursive: true);
    }
}

internal sealed class InMemoryRig : Rig
{
    private readonly InMemoryStorage _storage = new();

    public override JobStorage Storage => _storage;

    protected override IReadOnlyDictionary<Deviation, string> Deviations => new Dictionary<Deviation, string>
    {
        [Deviation.CreatedAtIsGiven] = "it takes its own clock",
        [Deviation.NegativeTrim] = "negative places keep what is there",
        [Deviation.CommitOnce] = "a second commit carries everything out again",
        [Deviation.TransactionalAcknowledge] = "it names the feature after a type without its type parameter, so that Hangfire does not find it",
        [Deviation.CancelledFetchFetchesNothing] = "it looks into the queue before it looks at the token",
        [Deviation.DroppedJobsGoBack] = "a fetched job is in no list; dropped, it is lost",
        [Deviation.FetchedJobsAreShown] = "a fetched job is in no list",
    };

    public override void Dispose() => _storage.Dispose();
}
