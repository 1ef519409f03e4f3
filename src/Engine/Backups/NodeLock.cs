using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>The one lock of a node under which backups run, shared with a real vzdump. Beside it stands a pid file as vzdump writes it.</summary>
internal sealed class NodeLock : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15); // vzdump's
    private readonly FileLock _lock;
    private readonly RunningProgram _stand;
    private readonly string _pidFile;
    private readonly CancellationTokenSource _stopped = new();

    private NodeLock(FileLock held, RunningProgram stand, string pidFile)
    {
        _lock = held;
        _stand = stand;
        _pidFile = pidFile;
        Stopped = _stopped.Token;
    }

    /// <summary>Another backup of this node, ours or a real vzdump's, asked this one to end (option <c>stop</c>).</summary>
    public CancellationToken Stopped { get; }

    /// <param name="onWaiting">Called once, when somebody else holds the lock.</param>
    /// <param name="onGot">Called when it is ours after that.</param>
    /// <exception cref="ProblemException">It was held for the whole time.</exception>
    public static async Task<NodeLock> TakeAsync(string path, TimeSpan wait, Action onWaiting, Action onGot, HostPrograms programs, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var told = false;
        while (true)
        {
            if (TryTake(path) is { } held)
            {
                if (told)
                {
                    onGot();
                }

                return await WithPidFileAsync(held, PidFileOf(path), programs, time, cancellation);
            }

            if (time.GetElapsedTime(began) >= wait)
            {
                throw new ProblemException($"Another backup holds the lock '{path}' of this node (waited {wait.TotalMinutes:0} minutes). See which: fuser -v {path}");
            }

            if (!told)
            {
                onWaiting();
                told = true;
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <summary>Asks the backup that holds the lock to end, as vzdump's <c>stop</c> does, and waits a while for it. Fine when none runs.</summary>
    /// <exception cref="ProblemException">It does not end, or may not be asked to.</exception>
    public static async Task StopHolderAsync(string path, TimeProvider time, CancellationToken cancellation)
    {
        var pidFile = PidFileOf(path);
        if (!File.Exists(pidFile)
            || UniqueProcessId.TryParse(await File.ReadAllTextAsync(pidFile, cancellation)) is not { } holder
            || ProcessTable.StartTime(holder.Pid) != holder.StartTime)
        {
            return; // a file that was left behind: its pid may be somebody else's by now
        }

        ProcessTable.AskToEnd(holder.Pid);
        if (!await ProcessTable.WaitForExitAsync(holder.Pid, StopPatience, time, cancellation))
        {
            throw new ProblemException($"The running backup (process {holder.Pid}) was asked to end, and is still there after {StopPatience.TotalSeconds:0} seconds.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Delete(_pidFile);
        await _stand.DisposeAsync();
        _lock.Dispose();
        _stopped.Dispose();
    }

    private static string PidFileOf(string path) => Path.ChangeExtension(path, ".pid");

    private static async Task<NodeLock> WithPidFileAsync(FileLock held, string pidFile, HostPrograms programs, TimeProvider time, CancellationToken cancellation)
    {
        RunningProgram? stand = null;
        try
        {
            // A real vzdump that is told to stop us sends TERM to the pid in this file. It names a program that only stands in for the run, so that
            // the run ends and not the dashboard with it. It ends when we do: its input closes.
            stand = programs.Start(new HostCommand("cat"), static _ => { });
            await File.WriteAllTextAsync(pidFile, UniqueProcessId.Of(stand.Pid, time) + "\n", cancellation);
            var taken = new NodeLock(held, stand, pidFile);
            _ = stand.Exit.ContinueWith(static (_, state) => ((NodeLock)state!).Stop(), taken, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return taken;
        }
        catch (Exception error)
        {
            // Kept, the lock would hold up every other backup of this node until this program ends.
            if (stand is not null)
            {
                await stand.DisposeAsync();
            }

            held.Dispose();
            throw error is IOException or UnauthorizedAccessException ? new ProblemException($"The pid file '{pidFile}' cannot be written: {error.Message}", error) : error;
        }
    }

    private static FileLock? TryTake(string path)
    {
        try
        {
            return FileLock.TryTake(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The lock '{path}' of this node cannot be taken: {error.Message}", error);
        }
    }

    private static void Delete(string pidFile)
    {
        try
        {
            File.Delete(pidFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only people and the option stop read it, and the next run writes its own; the lock must be freed whatever happens.
        }
    }

    private void Stop()
    {
        try
        {
            _stopped.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // We let go of the lock ourselves.
        }
    }
}
