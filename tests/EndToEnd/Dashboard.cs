using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace VzDump.Tests.EndToEnd;

/// <summary>The real program, started as a person starts it, on a data folder of its own and a free port.</summary>
public sealed partial class Dashboard : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(3);
    private readonly ConcurrentQueue<string> _said = new();
    private Process? _process;

    public Dashboard() => Folder = Directory.CreateTempSubdirectory("vzdump-e2e-").FullName;

    public string Folder { get; }

    private IReadOnlyList<string> Settings { get; init; } = [];

    public string Address { get; private set; } = "";

    /// <summary>Null once an administrator exists.</summary>
    public string? Code { get; private set; }

    public string Said => string.Join('\n', _said);

    /// <param name="settings">More of the program's settings, such as <c>--Limits:CallsPerMinute=5</c>.</param>
    public static async Task<Dashboard> StartNewAsync(params IReadOnlyList<string> settings)
    {
        var dashboard = new Dashboard { Settings = settings };
        await dashboard.StartAsync();
        return dashboard;
    }

    public async Task StartAsync()
    {
        var program = Path.Combine(AppContext.BaseDirectory.Replace("/tests/EndToEnd/", "/src/Web/", StringComparison.Ordinal), "VzDump.Web.dll");
        _said.Clear();
        (Code, Address) = (null, "");
        _process = Process.Start(new ProcessStartInfo("dotnet",
        [
            program, "--urls", "http://127.0.0.1:0", "--data", Folder,
            $"--Engine:ProxmoxFolder={Folder}/no-proxmox-here", $"--Engine:NodeLock={Folder}/node.lock", $"--Engine:LxcFolders:0={Folder}/lxc-native", $"--Engine:QemuRunFolder={Folder}/run", .. Settings,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" })!;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = ReadAsync(_process.StandardOutput, ready);
        _ = ReadAsync(_process.StandardError, ready);
        await Task.WhenAny(ready.Task, _process.WaitForExitAsync(), Task.Delay(StartLimit));
        Assert.True(ready.Task.IsCompletedSuccessfully, $"the dashboard did not start:\n{Said}");
    }

    /// <summary>As systemd does; answers the exit code. Not by SIGINT, which programs in the background of a script ignore.</summary>
    public async Task<int> EndAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
        await _process.WaitForExitAsync().WaitAsync(EndLimit);
        return _process.ExitCode;
    }

    public void Kill() => _process!.Kill();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task ReadAsync(StreamReader reader, TaskCompletionSource ready)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _said.Enqueue(line);
            if (AddressLine().Match(line) is { Success: true } address)
            {
                Address = address.Groups[1].Value;
            }
            else if (CodeLine().Match(line) is { Success: true } code)
            {
                Code = code.Groups[1].Value;
            }
            else if (Address.Length > 0 && line.Trim().Length == 0 && (Code is not null || !Said.Contains("First start", StringComparison.Ordinal)))
            {
                ready.TrySetResult();
            }
        }
    }

    [GeneratedRegex(@"is ready:\s+(http://\S+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressLine();

    [GeneratedRegex(@"One-time code:\s+(\S.*\S)\s*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeLine();
}
