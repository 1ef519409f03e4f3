using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using VzDump.Engine;

namespace VzDump.Jobs.Store;

/// <summary>The product's database: a file in the data folder, or PostgreSQL where that is configured. Contexts of other projects keep their tables in it too.</summary>
public static class ProductDatabase
{
    /// <summary>Points a context at the database.</summary>
    /// <param name="migrationsTable">The context's own, because several share the database.</param>
    public static void Configure(DbContextOptionsBuilder context, JobsOptions options, string migrationsTable)
    {
        if (options.PostgreSql is { } connection)
        {
            context.UseNpgsql(connection, postgres => postgres.MigrationsHistoryTable(migrationsTable));
        }
        else
        {
            context.UseSqlite(
                new SqliteConnectionStringBuilder { DataSource = options.DatabaseFile }.ToString(),
                sqlite => sqlite.MigrationsHistoryTable(migrationsTable));
            context.AddInterceptors(new BusyTimeout());
        }
    }

    /// <summary>Makes the context's tables or brings them up to date. A file that holds something is copied before.</summary>
    /// <exception cref="ProblemException">The database cannot be reached, a newer version of the product wrote it, or it cannot be copied.</exception>
    public static async Task MigrateAsync(DatabaseFacade database, JobsOptions options, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            if (database.IsSqlite())
            {
                Directory.CreateDirectory(options.DataFolder);

                // Readers do not wait for writers. The file remembers it.
                await database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellation);
            }

            var applied = (await database.GetAppliedMigrationsAsync(cancellation)).ToList();
            var known = database.GetMigrations().ToList();
            if (applied.Except(known, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            {
                throw new ProblemException($"A newer version of this program has changed the database ({unknown}). Start that version, or put back a copy from '{options.DatabaseCopies}'.");
            }

            if (known.Except(applied, StringComparer.Ordinal).FirstOrDefault() is { } pending)
            {
                await PrepareAsync(database, applied.Count > 0, pending, options, time, cancellation);
                await database.MigrateAsync(cancellation);
            }
        }
        catch (DbException error)
        {
            throw new ProblemException($"The database cannot be used: {error.Message}", error);
        }
    }

    private static async Task PrepareAsync(DatabaseFacade database, bool holdsTables, string pending, JobsOptions options, TimeProvider time, CancellationToken cancellation)
    {
        if (!database.IsSqlite())
        {
            return; // Its administrator has copies of it; its migrations are transactions.
        }

        if (holdsTables)
        {
            await DatabaseCopy.MakeAsync(options, pending, time.GetUtcNow(), cancellation);
        }

        // Who is killed while migrating leaves this behind, and everyone after would wait for it. Only one program uses the file.
        await database.ExecuteSqlRawAsync("""DROP TABLE IF EXISTS "__EFMigrationsLock";""", cancellation);
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
