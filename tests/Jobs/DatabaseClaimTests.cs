using Npgsql;
using VzDump.Engine;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

public sealed class DatabaseClaimTests(PostgresCluster cluster)
{
    [Fact]
    public async Task A_second_program_on_the_same_PostgreSQL_database_is_refused_until_the_first_one_ends()
    {
        var database = await cluster.NewDatabaseAsync();
        using var one = new TemporaryFolder { PostgreSql = database };
        using var two = new TemporaryFolder { PostgreSql = database };
        await using (var first = await Product.StartAsync(one))
        {
            var problem = await Assert.ThrowsAsync<ProblemException>(() => Product.StartAsync(two));
            Assert.Contains($"'{new NpgsqlConnectionStringBuilder(database).Database}'", problem.Message, StringComparison.Ordinal);

            // Who claims it before the host starts claims it once.
            await first.Get<DatabaseClaim>().StartAsync(CancellationToken.None);
            Assert.Equal(1, await SessionsAsync(database));

            // Its connection is lost, and nobody took its place: it claims the database again.
            await EndSessionsAsync(database);
            await Product.EventuallyAsync(
                async () =>
                {
                    await first.Get<DatabaseClaim>().KeepAsync(CancellationToken.None);
                    return await SessionsAsync(database) == 1;
                },
                () => "the database is not claimed again");
            await Assert.ThrowsAsync<ProblemException>(() => Product.StartAsync(two));
        }

        await using var next = await Product.StartAsync(two);
        Assert.Equal(1, await SessionsAsync(database));
    }

    private static Task<long> SessionsAsync(string database) => AskAsync(database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name = 'vzdump-web')");

    private static Task<long> EndSessionsAsync(string database) => AskAsync(database, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'vzdump-web' AND datname = current_database()");

    private static async Task<long> AskAsync(string database, string question)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(question, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
