using System.Diagnostics;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Another program that runs the engine, and is killed.</summary>
public sealed class Victim : IDisposable
{
    private readonly Process _process;

    private Victim(Process process) => _process = process;

    /// <param name="arguments">See tests/Victim/Program.cs.</param>
    public static Victim Start(params string[] arguments) => StartWith(null, arguments);

    /// <param name="programs">A folder with programs that it finds before the host's.</param>
    /// <param name="arguments">See tests/Victim/Program.cs.</param>
    public static Victim StartWith(string? programs, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory.Replace("/Integration/", "/Victim/", StringComparison.Ordinal), "VzDump.Tests.Victim.dll");
        var info = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        if (programs is not null)
        {
            info.Environment["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}";
        }

        return new Victim(Process.Start(info)!);
    }

    /// <summary>Kills it when it prints this text; without one it kills itself.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> WaitForKillAsync(string? moment)
    {
        var said = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            said.Add(line);
            if (moment is not null && line.Contains(moment, StringComparison.Ordinal))
            {
                _process.Kill(); // SIGKILL, to this process alone
                break;
            }
        }

        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var text = string.Join('\n', said);
        Assert.True(_process.ExitCode == 128 + 9, $"it was to be killed, and ended with {_process.ExitCode}:\n{text}");
        return text;
    }

    public void Dispose() => _process.Dispose();
}
