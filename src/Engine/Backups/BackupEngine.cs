namespace VzDump.Engine.Backups;

/// <summary>Runs backups on this node. The engine's door.</summary>
public sealed class BackupEngine : IDisposable
{
    // A run must not take for left over what another run of this program is working on, nor the recovery either.
    private readonly SemaphoreSlim _one = new(1);
    private readonly BackupRuntime _runtime;

    internal BackupEngine(BackupRuntime runtime) => _runtime = runtime;

    /// <summary>Puts right what a killed program left: guests stopped or locked, half archives. To be called once at the start; it may take minutes.</summary>
    /// <returns>Sentences about what was found and done.</returns>
    public async Task<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return await _runtime.Recovery.RecoverAsync(cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Backs up each guest of the job in turn. A guest's failure is a value in the result; only a cancellation is thrown, after the clean-up.</summary>
    public async Task<RunResult> RunAsync(BackupJob job, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return await new BackupRun(job, events, _runtime).RunAsync(cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
