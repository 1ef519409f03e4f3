using Microsoft.Win32.SafeHandles;

namespace VzDump.Engine.Host;

/// <summary>One process of the host, also when its number is given to another: the kernel's pidfd.</summary>
internal sealed class ProcessHandle : IDisposable
{
    private const int Slice = 100; // milliseconds; the latest that a cancellation is seen
    private readonly SafeFileHandle _file;

    private ProcessHandle(int pid, SafeFileHandle file)
    {
        Pid = pid;
        _file = file;
    }

    public int Pid { get; }

    /// <summary>A process that has ended but was not fetched by its parent has exited too: its files are closed.</summary>
    public bool HasExited => Poll(0);

    /// <summary>Null when there is no such process.</summary>
    public static ProcessHandle? TryOpen(int pid)
    {
        var file = LinuxCalls.System(LinuxCalls.PidfdOpen, pid, 0, 0);
        return file >= 0 ? new ProcessHandle(pid, new SafeFileHandle((nint)file, ownsHandle: true)) : null;
    }

    /// <summary>Whether it ended within the time. A thread of its own waits in the kernel, so that no moment is lost.</summary>
    public Task<bool> WaitForExitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        return Task.Factory.StartNew(
            () =>
            {
                var began = time.GetTimestamp();
                while (!Poll(Slice))
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (time.GetElapsedTime(began) >= limit)
                    {
                        return false;
                    }
                }

                return true;
            },
            cancellation,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    public void Dispose() => _file.Dispose();

    private bool Poll(int milliseconds)
    {
        var request = new LinuxCalls.PollRequest { File = (int)_file.DangerousGetHandle(), Wanted = LinuxCalls.PollIn };
        return LinuxCalls.Poll(ref request, 1, milliseconds) > 0;
    }
}
