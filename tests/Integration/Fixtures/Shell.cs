using System.Diagnostics;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Runs the host's programs for tests, independent of the engine's own way.</summary>
public static class Shell
{
    /// <summary>Standard output; fails the test when the program does.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{await output}\n{await errors}");
        return await output;
    }

    /// <summary>Runs a line of shell script.</summary>
    public static Task<string> ShAsync(string script) => RunAsync("/bin/bash", "-euo", "pipefail", "-c", script);
}
