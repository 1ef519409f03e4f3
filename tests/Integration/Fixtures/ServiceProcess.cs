using System.Diagnostics;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>The whole program without its pages, its orders and its answers; see tests/Victim/Service.cs.</summary>
public sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;

    private ServiceProcess(Process process)
    {
        _process = process;
        NextLine = process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask();
    }

    public Task<string?> NextLine { get; private set; }

    public static ServiceProcess Start(EngineHarness harness)
    {
        var victim = Path.Combine(AppContext.BaseDirectory.Replace("/Integration/", "/Victim/", StringComparison.Ordinal), "VzDump.Tests.Victim.dll");
        var start = new ProcessStartInfo("dotnet", [victim, "service", harness.Folder, harness.LxcFolder]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        return new ServiceProcess(Process.Start(start)!);
    }

    /// <summary>Null when it was killed.</summary>
    public async Task<string?> SaysAsync()
    {
        var line = await NextLine.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, TestContext.Current.CancellationToken);
        NextLine = _process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask();
        return line;
    }

    public async Task<string?> AskAsync(string order)
    {
        await _process.StandardInput.WriteLineAsync(order.AsMemory(), TestContext.Current.CancellationToken);
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        return await SaysAsync();
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose() => _process.Dispose();
}
