using System.Diagnostics;

[assembly: AssemblyFixture(typeof(VzDump.Tests.Jobs.PostgresCluster))]

namespace VzDump.Tests.Jobs;

/// <summary>A throw-away PostgreSQL server on a socket in a folder of its own: Debian's programs, nothing durable, gone with the tests.</summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private const string Superuser = "vzdump";
    private const string SocketOption = "unix_socket_directories=";
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-pg-").FullName;
    private Process? _server;
    private int _databases;

    private static string? Programs => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderBy(path => path, StringComparer.Ordinal).Select(path => Path.Combine(path, "bin")).LastOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
        : null;

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Of the database that every cluster has.</summary>
    public string ConnectionString => $"Host={_folder};Username={Superuser};Database=postgres;Pooling=false";

    public async ValueTask InitializeAsync()
    {
        if (Programs is null)
        {
            return; // Each test says that it is skipped.
        }

        // PostgreSQL does not work as root.
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", _folder);
        }

        await RunAsServerAsync("initdb", "-D", Data, "-U", Superuser, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8");
        _server = Start(AsServer("postgres", "-D", Data, "-c", "listen_addresses=", "-c", SocketOption + _folder, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=400"));
        await UntilReadyAsync();
    }

    /// <summary>The connection string of an empty database; skips the test where there is no PostgreSQL.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        Assert.SkipUnless(Programs is not null, "PostgreSQL is not installed: apt-get install postgresql");
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await RunAsync(Path.Combine(Programs!, "createdb"), "-h", _folder, "-U", Superuser, name);
        return $"Host={_folder};Username={Superuser};Database={name}";
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            // "Fast": sessions are ended, files are left whole.
            await RunAsync("kill", "-INT", server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task UntilReadyAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var ready = Start([Path.Combine(Programs!, "pg_isready"), "-q", "-h", _folder]);
            await ready.WaitForExitAsync();
            if (ready.ExitCode == 0)
            {
                return;
            }

            Assert.False(_server!.HasExited, "PostgreSQL ended at its start.");
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "PostgreSQL does not answer.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }
    }

    private static Task RunAsServerAsync(string program, params string[] arguments) => RunAsync(AsServer(program, arguments));

    private static string[] AsServer(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", Path.Combine(Programs!, program), .. arguments]
        : [Path.Combine(Programs!, program), .. arguments];

    private static async Task RunAsync(params string[] command)
    {
        using var process = Start(command);
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {string.Concat(output)}");
    }

    private static Process Start(string[] command)
    {
        // In a folder that the server's user may read.
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/", UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        if (command.Contains("-D") && command.Any(argument => argument.StartsWith(SocketOption, StringComparison.Ordinal)))
        {
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        return process;
    }
}
