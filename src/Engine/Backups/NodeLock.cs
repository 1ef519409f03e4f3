using System.Globalization;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>The one lock of a node under which backups run, shared with a real vzdump. Beside it stands a pid file as vzdump writes it.</summary>
internal sealed class NodeLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly FileLock _lock;
    private readonly string _pidFile;

    private NodeLock(FileLock held, string pidFile)
    {
        _lock = held;
        _pidFile = pidFile;
    }

    /// <param name="onWaiting">Called once, when somebody else holds the lock.</param>
    /// <exception cref="ProblemException">It was held for the whole time.</exception>
    public static async Task<NodeLock> TakeAsync(string path, TimeSpan wait, Action onWaiting, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var told = false;
        while (true)
        {
            if (TryTake(path) is { } held)
            {
                return await WithPidFileAsync(held, Path.ChangeExtension(path, ".pid"), time, cancellation);
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

    public void Dispose()
    {
        try
        {
            File.Delete(_pidFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only people read it, and the next run writes its own; the lock must be freed whatever happens.
        }

        _lock.Dispose();
    }

    private static async Task<NodeLock> WithPidFileAsync(FileLock held, string pidFile, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await File.WriteAllTextAsync(pidFile, UniqueProcessId(time) + "\n", cancellation);
            return new NodeLock(held, pidFile);
        }
        catch (Exception error)
        {
            // Kept, it would hold up every other backup of this node until this program ends.
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

    // e.g. UPID:pve1:0000ABCD:00F4E2A1:6741B3C0:vzdump::root@pam:   (pid, its start in ticks, time; hexadecimal)
    private static string UniqueProcessId(TimeProvider time) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPID:{Environment.MachineName}:{Environment.ProcessId:X8}:{ProcessTable.StartTime(Environment.ProcessId) ?? 0:X8}:{time.GetUtcNow().ToUnixTimeSeconds():X8}:vzdump::root@pam:");
}
