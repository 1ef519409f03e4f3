using Hangfire;
using Hangfire.Storage.SQLite;
using Microsoft.Data.Sqlite;
using VzDump.HangfireSqlite.Upkeep;
using VzDump.Tests.HangfireSqlite.Contract;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Storage;

public sealed class FileTests
{
    [Fact]
    public void The_entry_point_takes_a_path_and_makes_file_and_folder()
    {
        using var rig = new SqliteRig();
        var path = Path.Combine(rig.Folder, "new", "jobs.db");

        using var storage = GlobalConfiguration.Configuration.UseSQLiteStorage(path, new SQLiteStorageOptions()).Entry;
        using (var connection = storage.GetConnection())
        {
            Assert.Null(connection.GetJobData("1"));
        }

        Assert.True(File.Exists(path));
        Assert.Contains(path, $"{storage}", StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_stored_is_there_when_the_file_is_opened_again()
    {
        using var rig = new SqliteRig();
        var id = rig.Create(("a", "b"));
        rig.Sqlite.Dispose();

        using var again = new SQLiteStorage(rig.File);
        using var connection = again.GetConnection();

        Assert.Equal("b", connection.GetJobParameter(id, "a"));
    }

    [Fact]
    public void A_job_that_a_closed_storage_had_fetched_is_put_back_by_the_next()
    {
        using var rig = new SqliteRig();
        var id = rig.Create();
        rig.Commit(transaction => transaction.AddToQueue("default", id));
        rig.Connect().FetchNextJob(["default"], TestContext.Current.CancellationToken);
        using var other = new SQLiteStorage(rig.File);

        new Recovery(other.Open()).PutBack();
        Assert.Equal(1, other.GetMonitoringApi().FetchedCount("default"));
        rig.Sqlite.Dispose();
        new Recovery(other.Open()).PutBack();

        Assert.Equal(1, other.GetMonitoringApi().EnqueuedCount("default"));
    }

    [Fact]
    public void A_job_of_a_worker_without_a_sign_of_life_is_put_back_and_its_late_worker_cannot_take_it_away()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        using var rig = new SqliteRig(new SQLiteStorageOptions { InvisibilityTimeout = TimeSpan.FromMinutes(1) }, time);
        var id = rig.Create();
        rig.Commit(transaction => transaction.AddToQueue("default", id));
        using var connection = rig.Connect();
        var first = connection.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        var database = rig.Sqlite.Open();

        for (var sign = 0; sign < 5; sign++)
        {
            time.Advance(TimeSpan.FromSeconds(50));
            database.Writer.Do(handle => Assert.Single(database.Fetched.All).RenewIn(handle));
            new Recovery(database).PutBack();
            Assert.Equal(1, rig.Monitor.FetchedCount("default"));
        }

        time.Advance(TimeSpan.FromSeconds(70));
        new Recovery(database).PutBack();
        using var second = connection.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        first.RemoveFromQueue();
        Assert.Equal(1, rig.Monitor.FetchedCount("default"));
        second.RemoveFromQueue();
        Assert.Equal(0, rig.Monitor.FetchedCount("default"));
    }

    [Fact]
    public void What_has_expired_is_removed_and_its_room_given_back()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        using var rig = new SqliteRig(time: time);
        var kept = rig.Create();
        rig.Commit(transaction => transaction.PersistJob(kept));
        rig.Commit(transaction =>
        {
            for (var job = 0; job < 1200; job++)
            {
                var id = transaction.CreateJob(SampleJobs.Job(new string('x', 2000)), new Dictionary<string, string>(), DateTime.UtcNow, TimeSpan.FromHours(1));
                transaction.SetJobState(id, new SaidState("Succeeded"));
                transaction.AddToSet("set", id);
            }

            transaction.IncrementCounter("counter", TimeSpan.FromHours(1));
            transaction.ExpireSet("set", TimeSpan.FromHours(1));
        });
        var pages = Pages(rig);
        time.Advance(TimeSpan.FromHours(2));

        new Expiration(rig.Sqlite.Open()).RemoveExpired(CancellationToken.None);

        Assert.Equal((0, 0, 0), (rig.Monitor.SucceededListCount(), rig.Read(connection => connection.GetCounter("counter")), rig.Read(connection => connection.GetSetCount("set"))));
        Assert.NotNull(rig.Read(connection => connection.GetJobData(kept)));
        Assert.True(Pages(rig) < pages / 10, $"{Pages(rig)} of {pages} pages are left.");
    }

    [Fact]
    public void A_newer_file_somebody_elses_database_and_a_damaged_file_are_refused_with_what_to_do()
    {
        using var rig = new SqliteRig();
        rig.Create();
        rig.Sqlite.Dispose();
        Assert.Contains("newer version", Refusal(rig.File, "PRAGMA user_version = 99"), StringComparison.Ordinal);

        var foreign = Path.Combine(rig.Folder, "foreign.db");
        Assert.Contains("a file of its own", Refusal(foreign, "CREATE TABLE people (name TEXT)"), StringComparison.Ordinal);

        var damaged = Path.Combine(rig.Folder, "damaged.db");
        File.WriteAllText(damaged, new string('x', 10000));
        Assert.Contains("Move it away", Assert.Throws<InvalidOperationException>(() => new SQLiteStorage(damaged).GetConnection()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_names_of_one_file_are_one_storage()
    {
        using var rig = new SqliteRig();
        var link = Path.Combine(rig.Folder, "link");
        Directory.CreateSymbolicLink(link, rig.Folder);
        using var other = new SQLiteStorage(Path.Combine(link, "jobs.db"));
        using var one = rig.Connect();
        using var two = other.GetConnection();

        using var held = one.AcquireDistributedLock("a", TimeSpan.Zero);

        Assert.Throws<Hangfire.Storage.DistributedLockTimeoutException>(() => two.AcquireDistributedLock("a", TimeSpan.Zero));
    }

    private static string Refusal(string file, string sql)
    {
        using (var connection = new SqliteConnection($"Data Source={file};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        return Assert.Throws<InvalidOperationException>(() => new SQLiteStorage(file).GetConnection()).Message;
    }

    private static long Pages(SqliteRig rig) => rig.Sqlite.Open().Readers.Read(handle => handle.Number("PRAGMA page_count")!.Value);
}
