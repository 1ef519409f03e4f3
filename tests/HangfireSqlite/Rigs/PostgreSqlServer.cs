using System.Diagnostics;
using Npgsql;

namespace VzDump.Tests.HangfireSqlite.Rigs;

/// <summary>A PostgreSQL in a temporary folder, reached through a socket there. It ends with this process, however that ends.</summary>
internal sealed class PostgreSqlServer : IDisposable
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

    public PostgreSqlServer()
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
