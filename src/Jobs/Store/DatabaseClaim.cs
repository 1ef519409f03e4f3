using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using VzDump.Engine;

namespace VzDump.Jobs.Store;

/// <summary>
/// Of the programs that are told to use one PostgreSQL database, one does: a lock of the server's that ends with the connection, however
/// that ends. A file needs none: the engine claims its folder.
/// </summary>
internal sealed class DatabaseClaim(JobsOptions options, IHostApplicationLifetime? host, TimeProvider time, ILogger<DatabaseClaim> logger) : IHostedService, IDisposable
{
    // Any number that nobody else in a database of ours takes; locks are each database's own.
    private const long Number = 0x767A_6475_6D70_0001;

    // A program that has just been ended, or a server that has not noticed that yet.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private NpgsqlConnection? _held;

    /// <summary>Fine when it is taken already.</summary>
    /// <exception cref="ProblemException">Another program uses the database, or it cannot be reached.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.PostgreSql is not { } connection || _held is not null)
        {
            return;
        }

        var start = time.GetTimestamp();
        while (!await TryTakeAsync(connection, cancellationToken))
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                throw InUse(connection);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Takes the lock again when the connection was lost, a restart of the server say. When somebody else was faster, this program ends.</summary>
    public async Task KeepAsync(CancellationToken cancellation)
    {
        if (options.PostgreSql is not { } connection || _held is not { } held || await AnswersAsync(held, cancellation))
        {
            return;
        }

        logger.ClaimLost();
        if (!await TryTakeAsync(connection, cancellation))
        {
            logger.ClaimTaken(InUse(connection).Message);
            host?.StopApplication();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _held?.Dispose();

    private static async Task<bool> AnswersAsync(NpgsqlConnection held, CancellationToken cancellation)
    {
        try
        {
            await using var command = new NpgsqlCommand("SELECT 1", held);
            await command.ExecuteScalarAsync(cancellation);
            return true;
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<bool> TryTakeAsync(string text, CancellationToken cancellation)
    {
        // Not pooled: the lock is the session's, and only what is closed gives it back.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(text) { Pooling = false, KeepAlive = 30, ApplicationName = "vzdump-web" }.ToString());
        try
        {
            await connection.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = Number } } };
            if (await command.ExecuteScalarAsync(cancellation) is true)
            {
                (connection, _held, var before) = (null, connection, _held);
                if (before is not null)
                {
                    await before.DisposeAsync();
                }

                return true;
            }

            return false;
        }
        catch (NpgsqlException error)
        {
            throw new ProblemException($"The database cannot be used: {error.Message}", error);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static ProblemException InUse(string text)
    {
        var connection = new NpgsqlConnectionStringBuilder(text);
        return new ProblemException($"Another program like this one uses the PostgreSQL database '{connection.Database}' on {connection.Host}. End that one first, or give this one a database of its own.");
    }
}
