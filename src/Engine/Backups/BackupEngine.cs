using VzDump.Engine.Guests;

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
    public Task<RunResult> RunAsync(BackupJob job, IProgress<BackupEvent> events, CancellationToken cancellation) => RunAsync(job, new RunTerms(), events, cancellation);

    /// <summary>The same on somebody's behalf, or into a stream.</summary>
    public async Task<RunResult> RunAsync(BackupJob job, RunTerms terms, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        // Before its turn: the one that is to be stopped may be another run of this program.
        if (job.Settings.StopRunning is true)
        {
            try
            {
                await StopRunningAsync(cancellation);
            }
            catch (ProblemException problem)
            {
                events.Report(new BackupEvent.Logged(null, _runtime.Time.GetLocalNow(), LogLevel.Error, $"Backup job failed - {problem.Message}"));
                return new RunResult([], problem.Message);
            }

            if (job.Selection is GuestSelection.Ids { Guests.Count: 0 })
            {
                return new RunResult([], null); // as with vzdump, a call may do nothing else
            }
        }

        await _one.WaitAsync(cancellation);
        try
        {
            return await new BackupRun(job, terms, events, _runtime).RunAsync(cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Ends the running backup of this node, ours or a real vzdump's, and waits a while for its end: vzdump's <c>stop</c>. Fine when none runs.</summary>
    /// <exception cref="ProblemException">It does not end.</exception>
    public Task StopRunningAsync(CancellationToken cancellation) => NodeLock.StopHolderAsync(_runtime.Paths.NodeLock, _runtime.Time, cancellation);

    public void Dispose() => _one.Dispose();
}
