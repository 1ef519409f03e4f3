using System.Diagnostics;

namespace VzDump.Tests.HangfireSqlite.Rigs;

/// <summary>A process of the HangfireWorker. It is killed when it is disposed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Starts one, and waits until it says that it is at work.</summary>
    public static WorkerProcess Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "VzDump.Tests.HangfireWorker.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        return new WorkerProcess(process);
    }

    /// <summary>As kill -9 does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Lets it end by itself.</summary>
    public void End()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        Assert.Equal(0, _process.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
