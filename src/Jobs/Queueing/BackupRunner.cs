using Hangfire;
using Microsoft.Extensions.Logging;
using VzDump.Engine.Backups;
using VzDump.Jobs.Live;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Jobs.Queueing;

/// <summary>What Hangfire calls when a run's turn comes.</summary>
internal sealed class BackupRunner(
    RunStore store, LiveRuns liveRuns, RunChanges changes, RunRecorder recorder, RunMails mails, RunEngines engines, TimeProvider time, ILogger<BackupRunner> logger)
{
    // Two minutes in all; then the next start, or the next look after runs, finds it and marks it as interrupted.
    private const int MostAttempts = 60;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    // Hangfire's default is ten retries. A failed backup has been reported; its next schedule is its retry.
    [AutomaticRetry(Attempts = 0, LogEvents = false)]
    public async Task RunAsync(Guid runId, CancellationToken cancellation)
    {
        // What is logged meanwhile, by whomever, says for which run.
        using var scope = logger.BeginScope(new Dictionary<string, object>(StringComparer.Ordinal) { ["Run"] = runId });

        // Not claimed when the program is about to end: it stays queued, and the next start puts it back.
        cancellation.ThrowIfCancellationRequested();

        var live = new LiveRun(changes);
        if (!liveRuns.TryAdd(runId, live))
        {
            return; // Hangfire may call twice; the first call is at work.
        }

        Run? ended;
        try
        {
            ended = await store.TryClaimAsync(runId, time.GetUtcNow(), CancellationToken.None)
                ? await RunClaimedAsync(runId, live, cancellation)
                : await CloseAbandonedAsync(runId);
        }
        finally
        {
            live.Complete();
            liveRuns.Remove(runId);
            changes.StateChanged(runId);
        }

        if (ended is { State: RunState.Failed or RunState.Interrupted, Error: { } error })
        {
            throw new RunFailedException(error); // so that Hangfire's dashboard shows it as failed, too
        }
    }

    // A run that is working though nobody here works on it was begun by a program that died. One in any other state is over; how it ended
    // is told again, because a job that Hangfire kept over the program's death would else be shown as succeeded.
    private async Task<Run?> CloseAbandonedAsync(Guid runId)
    {
        var run = await store.FindAsync(runId, CancellationToken.None);
        return run is { State: RunState.Running }
            ? await FinishAsync(run.Ended(RunState.Interrupted, RunRecovery.ProgramEnded, time.GetUtcNow()))
            : run;
    }

    private async Task<Run> RunClaimedAsync(Guid runId, LiveRun live, CancellationToken cancellation)
    {
        // Read after the claim, and after the live run can be found: whoever asked to stop before either is heard here.
        var run = await store.FindAsync(runId, CancellationToken.None)
            ?? throw new InvalidOperationException($"Run {runId} was claimed but is not there.");
        logger.RunBegins(runId, run.StartedBy);
        if (run.IsMailed)
        {
            mails.Begins(runId);
        }

        live.Begin(run);
        if (run.CancelledBy is { } by)
        {
            live.Stop(StopKind.Now, by);
        }

        var recording = recorder.RecordAsync(live, run);
        var end = await WorkAsync(run, live, cancellation);
        live.Complete();
        await recording;

        var told = end.Result is { } result ? live.Now!.With(result, time.GetUtcNow()) : live.Now!;
        return await FinishAsync(told.Ended(end.State, end.Error, time.GetUtcNow()));
    }

    private async Task<End> WorkAsync(Run run, LiveRun live, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, live.Stopped);
        try
        {
            var result = await engines.RunAsync(run, live, either.Token);
            return new End(result.Succeeded ? RunState.Succeeded : RunState.Failed, result.Error, result);
        }
        catch (OperationCanceledException) when (live.Stopped.IsCancellationRequested)
        {
            return new End(RunState.Cancelled, null, null);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new End(RunState.Interrupted, "The program was shut down while this run was working.", null);
        }
        catch (Exception error)
        {
            logger.EngineThrew(error, run.Id);
            var sentence = $"The {(run.IsBackup ? "backup" : "run")} stopped because of an unexpected error: {error.Message}";
            live.Report(new BackupEvent.Logged(null, time.GetUtcNow(), LogLevel.Error, sentence));
            return new End(RunState.Failed, sentence, null);
        }
    }

    // Never with a cancelled token: how a run ended is written however it ended, even when a database server has to come back first.
    private async Task<Run> FinishAsync(Run ended)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await store.FinishAsync(ended, CancellationToken.None);
                break;
            }
            catch (Exception error) when (attempt < MostAttempts)
            {
                logger.EndNotRecorded(error, ended.Id);
                await Task.Delay(Pause, time, CancellationToken.None);
            }
        }

        logger.RunEnded(ended.Id, ended.State.ToString(), ended.Error ?? "No error");
        if (ended.IsMailed)
        {
            mails.Ended(ended.Id);
        }

        return ended;
    }

    private sealed record End(RunState State, string? Error, RunResult? Result);
}

/// <summary>Says in Hangfire's dashboard why a run did not succeed. The run itself has it recorded already.</summary>
internal sealed class RunFailedException(string reason) : Exception(reason);
