using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using VzDump.Engine;
using VzDump.Jobs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

public sealed class DatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private JobsOptions Options => new() { DataFolder = _folder.Path };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_database_is_not_copied_and_a_start_without_changes_copies_nothing()
    {
        await MigrateAsync();
        await MigrateAsync();

        Assert.False(Directory.Exists(Options.DatabaseCopies));
    }

    [Fact]
    public async Task Before_its_tables_are_changed_the_file_is_copied_whole()
    {
        await AsTheFirstVersionLeftItAsync();

        await MigrateAsync();

        var copy = Assert.Single(Directory.GetFiles(Options.DatabaseCopies));
        Assert.Matches(@"\d{8}T\d{6}Z-before-\d{14}_SavedJobs\.db$", copy);
        Assert.Equal(1L, await ScalarAsync(copy, "SELECT count(*) FROM Runs"));
        Assert.Equal(0L, await ScalarAsync(copy, "SELECT count(*) FROM pragma_table_info('Runs') WHERE name = 'Trigger'"));
        Assert.Equal(1L, await ScalarAsync(Options.DatabaseFile, "SELECT count(*) FROM Runs WHERE Trigger = 'Manual'"));
    }

    [Fact]
    public async Task When_it_cannot_be_copied_nothing_is_changed_and_it_is_said_what_to_do()
    {
        await AsTheFirstVersionLeftItAsync();
        await File.WriteAllTextAsync(Options.DatabaseCopies, "a file where the folder should be");

        var problem = await Assert.ThrowsAsync<ProblemException>(MigrateAsync);

        Assert.Contains("Make room, then start again.", problem.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync(Options.DatabaseFile, "SELECT count(*) FROM pragma_table_info('Runs') WHERE name = 'Trigger'"));
    }

    [Fact]
    public async Task Who_was_killed_while_changing_the_tables_does_not_hold_up_the_next_start()
    {
        await AsTheFirstVersionLeftItAsync();
        await ScalarAsync(Options.DatabaseFile, """
            CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-08-22 03:00:00');
            """);

        await MigrateAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(1L, await ScalarAsync(Options.DatabaseFile, "SELECT count(*) FROM Runs WHERE Trigger = 'Manual'"));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        await MigrateAsync();
        await ScalarAsync(Options.DatabaseFile, "INSERT INTO __RunsMigrations VALUES ('29990101000000_Holodeck', '99.0.0')");

        var problem = await Assert.ThrowsAsync<ProblemException>(MigrateAsync);

        Assert.Contains("29990101000000_Holodeck", problem.Message, StringComparison.Ordinal);
    }

    private async Task MigrateAsync()
    {
        await using var context = new JobsDatabase(Options).Open();
        await ProductDatabase.MigrateAsync(context.Database, Options, TimeProvider.System, CancellationToken.None);
    }

    private async Task AsTheFirstVersionLeftItAsync()
    {
        await using (var context = new JobsDatabase(Options).Open())
        {
            await context.Database.MigrateAsync("20261122235005_Runs");
        }

        await ScalarAsync(Options.DatabaseFile, """INSERT INTO Runs (Id, Job, StartedBy, CreatedAt, State) VALUES ('0198C1F2-7D3C-7C51-9B0E-0A4F5F6A7B8C', '{"selection":{"ids":[101]},"settings":{}}', 'alice', 1, 'Succeeded')""");
    }

    private static async Task<object?> ScalarAsync(string file, string sql)
    {
        await using var database = new SqliteConnection($"Data Source={file};Pooling=false");
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
