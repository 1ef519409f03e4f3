using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace VzDump.Jobs.Store;

/// <summary>How the database file is opened.</summary>
internal static class RunsDatabase
{
    public static DbContextOptionsBuilder Configure(DbContextOptionsBuilder options, string file) => options
        .UseSqlite(
            new SqliteConnectionStringBuilder { DataSource = file }.ToString(),
            sqlite => sqlite.MigrationsHistoryTable(RunsDbContext.MigrationsTable))
        .AddInterceptors(new BusyTimeout());

    /// <summary>Makes the file, or brings its tables up to date.</summary>
    public static async Task MigrateAsync(RunsDbContext database, CancellationToken cancellation)
    {
        // Readers do not wait for writers. The file remembers it.
        await database.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellation);

        // Asked first because migrating takes a lock row that a killed program would leave behind.
        if ((await database.Database.GetPendingMigrationsAsync(cancellation)).Any())
        {
            await database.Database.MigrateAsync(cancellation);
        }
    }

    // SQLite's own waiting wakes within milliseconds; without it the provider looks again every 150 ms.
    private sealed class BusyTimeout : DbConnectionInterceptor
    {
        private const string Pragma = "PRAGMA busy_timeout = 10000";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Pragma;
            command.ExecuteNonQuery();
        }

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }
}

/// <summary>For the tool that writes migrations.</summary>
internal sealed class RunsDbContextDesign : IDesignTimeDbContextFactory<RunsDbContext>
{
    public RunsDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<RunsDbContext>();
        RunsDatabase.Configure(options, ":memory:");
        return new RunsDbContext(options.Options);
    }
}
