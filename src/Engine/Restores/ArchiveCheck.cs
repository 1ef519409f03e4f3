using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Restores;

/// <summary>Verifies one archive and tells of it as a run does. The engine's third door; nothing is changed.</summary>
public sealed class ArchiveCheck(ArchiveVerifier verifier, TimeProvider time)
{
    /// <param name="path">Full path of the archive.</param>
    /// <param name="guest">Whose archive it is.</param>
    /// <returns>Failed when something bad was found; a cancellation is thrown.</returns>
    public async Task<RunResult> RunAsync(string path, GuestId guest, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        var name = Path.GetFileName(path);
        var began = time.GetTimestamp();
        events.Report(new BackupEvent.TasksPlanned([new PlannedTask(guest, ArchiveName.IsArchive(name) ? ArchiveName.KindOf(name) : null, name)]));
        events.Report(new BackupEvent.TaskStarted(guest, time.GetLocalNow()));
        Tell(LogLevel.Info, $"checking archive '{path}'");
        var outcome = await CheckAsync(path, new Meter(guest, events, time), Tell, cancellation);
        var took = time.GetElapsedTime(began);
        Tell(outcome is TaskOutcome.Done ? LogLevel.Info : LogLevel.Error, outcome is TaskOutcome.Failed bad ? $"The archive is not sound - {bad.Reason}" : $"The archive is sound ({VzdumpFormat.Time(took)})");
        events.Report(new BackupEvent.TaskFinished(guest, time.GetLocalNow(), outcome));
        return new RunResult([new TaskResult(guest, outcome)], (outcome as TaskOutcome.Failed)?.Reason);

        void Tell(LogLevel level, string text) => events.Report(new BackupEvent.Logged(guest, time.GetLocalNow(), level, text.ReplaceLineEndings(" ")));
    }

    private async Task<TaskOutcome> CheckAsync(string path, Meter meter, Action<LogLevel, string> tell, CancellationToken cancellation)
    {
        try
        {
            var verdict = await verifier.VerifyAsync(path, meter, cancellation);
            foreach (var part in verdict.Parts)
            {
                tell(
                    part.State switch { PartState.Sound => LogLevel.Info, PartState.Bad => LogLevel.Error, _ => LogLevel.Warn },
                    $"{part.Part.ToString().ToLowerInvariant()}: {part.Text}");
            }

            return verdict.IsSound
                ? new TaskOutcome.Done(path, verdict.FileBytes, verdict.Took)
                : new TaskOutcome.Failed(string.Join(' ', verdict.Parts.Where(part => part.State is PartState.Bad).Select(part => part.Text)), verdict.Took);
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            return new TaskOutcome.Failed(error.Message, TimeSpan.Zero);
        }
    }

    // Told in the reader's own time: it only hands on.
    private sealed class Meter(GuestId guest, IProgress<BackupEvent> events, TimeProvider time) : IProgress<CheckProgress>
    {
        private readonly long _began = time.GetTimestamp();

        public void Report(CheckProgress value) => events.Report(new BackupEvent.TaskProgressed(
            guest, new BackupProgress(value.DoneBytes, value.TotalBytes, value.DoneBytes / Math.Max(0.001, time.GetElapsedTime(_began).TotalSeconds), 0)));
    }
}
