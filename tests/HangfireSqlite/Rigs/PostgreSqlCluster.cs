using System.Collections.Concurrent;
using Npgsql;

[assembly: AssemblyFixture(typeof(VzDump.Tests.HangfireSqlite.Rigs.PostgreSqlCluster))]

namespace VzDump.Tests.HangfireSqlite.Rigs;

/// <summary>A PostgreSQL of the tests' own, in a temporary folder and reached through a socket there. It ends with the tests, however they end.</summary>
public sealed class PostgreSqlCluster : IDisposable
{
    private readonly Lazy<PostgreSqlServer> _server = new(() => new PostgreSqlServer());
    private readonly ConcurrentStack<PostgreSqlSchema> _schemas = new();
    private int _made;

    public PostgreSqlCluster() => Shared = this;

    /// <summary>That of this assembly; started when it is needed first.</summary>
    internal static PostgreSqlCluster Shared { get; private set; } = null!;

    internal PostgreSqlSchema Rent()
    {
        if (_schemas.TryPop(out var schema))
        {
            schema.Empty();
            return schema;
        }

        return new PostgreSqlSchema($"hangfire{Interlocked.Increment(ref _made)}", _server.Value.ConnectionString, _schemas.Push);
    }

    public void Dispose()
    {
        if (_server.IsValueCreated)
        {
            _server.Value.Dispose();
        }
    }
}

/// <summary>A schema of the cluster. They are used again: to make one takes longer than most tests.</summary>
internal sealed record PostgreSqlSchema(string Name, string ConnectionString, Action<PostgreSqlSchema> Return)
{
    public void GiveBack() => Return(this);

    public void Empty()
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            $"""
            DO $$ DECLARE name text; BEGIN
              FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{Name}' AND tablename <> 'schema' LOOP
                EXECUTE 'TRUNCATE {Name}.' || quote_ident(name) || ' CASCADE';
              END LOOP;
            END $$
            """;
        command.ExecuteNonQuery();
    }
}
