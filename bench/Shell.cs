using System.Diagnostics;

namespace VzDump.Bench;

/// <summary>Runs bash scripts: the rivals, and what the benchmarks themselves need of the host.</summary>
internal static class Shell
{
    /// <summary>Runs a script to its end. Its arguments need no quoting: the script reads them as <c>$1</c>, <c>$2</c>, …</summary>
    public static Task RunAsync(string script, CancellationToken cancellation, params IEnumerable<string> arguments) =>
        RunAsync(script, [], cancellation, arguments);

    /// <summary>The same, with lines for the script's input, each ended by a NUL.</summary>
    public static async Task RunAsync(string script, IEnumerable<string> input, CancellationToken cancellation, params IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script, "bash", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        info.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(info)!;
        // A cancelled script must not go on writing to a folder that is about to be deleted.
        await using var ending = cancellation.UnsafeRegister(static started => ((Process)started!).Kill(entireProcessTree: true), process);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        foreach (var line in input)
        {
            await process.StandardInput.WriteAsync($"{line}\0".AsMemory(), cancellation);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{script}: exit code {process.ExitCode}\n{await errors}");
        }
    }
}
