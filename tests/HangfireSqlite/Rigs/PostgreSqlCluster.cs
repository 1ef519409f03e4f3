using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

[assembly: AssemblyFixture(typeof(VzDump.Tests.HangfireSqlite.Rigs.PostgreSqlCluster))]

namespace VzDump.Tests.HangfireSqlite.Rigs;

/// <summary>A PostgreSQL of the tests' own, in a temporary folder and reached through a socket there. It ends with the tests, however they end.</summary>
public sealed class PostgreSqlCluster : IDisposable
{
    private readonly Lazy<Server> _server = new(() => new Server());
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

    private sealed class Server : IDisposable
    {
        // PostgreSQL refuses to be root. It ends when the reader of this process's pipe sees its end, even after kill -9.
        private const string Script =
            """
            as() { if [ "$1" = exec ]; then shift; exec $user "$@"; else $user "$@"; fi; }
            user=; if [ "$(id -u)" = 0 ]; then user="setpriv --reuid=postgres --regid=postgres --clear-groups --"; fi
            bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
            if [ "$(id -u)" = 0 ]; then chown postgres: "$1"; fi
            cd "$1"
            as "$bin/initdb" --pgdata="$1/data" --auth=trust --username=tests --encoding=UTF8 --no-locale --no-sync >"$1/log" 2>&1
            as exec "$bin/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200 >>"$1/log" 2>&1 </dev/null &
            server=$!
            until as "$bin/pg_isready" -q -h "$1" -d postgres; do kill -0 $server; sleep 0.05; done
            echo ready
            cat >/dev/null
            kill -QUIT $server
            wait $server || true
            """;

        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vzdump-pg-");
        private readonly Process _process;

        public Server()
        {
            _process = Process.Start(new ProcessStartInfo("bash", ["-euc", Script, "bash", _folder.FullName])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            if (_process.StandardOutput.ReadLine() != "ready")
            {
                throw new InvalidOperationException($"PostgreSQL does not start (Debian's package is postgresql): {ReadLog()}");
            }
        }

        public string ConnectionString => $"Host={_folder.FullName};Username=tests;Database=postgres;Maximum Pool Size=50";

        public void Dispose()
        {
            NpgsqlConnection.ClearAllPools();
            _process.StandardInput.Close();
            _process.WaitForExit();
            _folder.Delete(recursive: true);
        }

        private string ReadLog() => Path.Combine(_folder.FullName, "log") is var log && File.Exists(log) ? File.ReadAllText(log) : "nothing was logged";
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
