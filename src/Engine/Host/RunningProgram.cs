using System.Diagnostics;

namespace VzDump.Engine.Host;

/// <summary>A program at work, with its standard streams. It leads a process group of its own, so that ending it ends its children too.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    // Enough for the data in flight between two programs; the kernel's limit for an ordinary user.
    private const int PipeBytes = 1024 * 1024;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ChildGrace = TimeSpan.FromMilliseconds(500);
    private readonly Process _process;
    private readonly string _name;
    private readonly Task _errorLines;
    private readonly Task<ProgramExit> _exit;

    internal RunningProgram(Process process, string name, Action<string> onErrorLine)
    {
        _process = process;
        _name = name;
        Pid = process.Id;
        Widen(process.StandardInput.BaseStream);
        Widen(process.StandardOutput.BaseStream);
        _errorLines = ReadErrorLinesAsync(onErrorLine);
        _exit = WaitAsync();
    }

    public int Pid { get; }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Completes when the program has ended.</summary>
    public Task<ProgramExit> Exit => _exit;

    /// <summary>Lines that it wrote to its error output have all been passed on, or its children hold that output open after it is gone.</summary>
    public Task ErrorLinesRead => Task.WhenAny(_errorLines, Task.Delay(Grace, TimeProvider.System, CancellationToken.None));

    /// <summary>Ends the program and its children: first politely, then for good.</summary>
    public async Task StopAsync()
    {
        if (_exit.IsCompleted)
        {
            return;
        }

        Signal(LinuxCalls.SigTerm);
        if (await Task.WhenAny(_exit, Task.Delay(Grace, TimeProvider.System, CancellationToken.None)) != _exit)
        {
            Signal(LinuxCalls.SigKill);
            await _exit;
        }

        // Its children had the polite signal too, and one may ignore it; a dead one that nobody fetches still counts, hence the short time.
        for (var wait = TimeSpan.Zero; LinuxCalls.Kill(-Pid, 0) == 0; wait += ChildGrace / 10)
        {
            if (wait >= ChildGrace)
            {
                _ = LinuxCalls.Kill(-Pid, LinuxCalls.SigKill);
                break;
            }

            await Task.Delay(ChildGrace / 10, TimeProvider.System, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        // Whoever still reads or writes gets an exception instead of a wait without end.
        _process.Dispose();
    }

    public override string ToString() => _name;

    private void Signal(int signal)
    {
        // Just started, it may not lead its group yet: then it has no children either.
        if (LinuxCalls.Kill(-Pid, signal) != 0)
        {
            _ = LinuxCalls.Kill(Pid, signal);
        }
    }

    private static void Widen(Stream stream)
    {
        if (stream is System.IO.Pipes.PipeStream pipe)
        {
            _ = LinuxCalls.Fcntl(pipe.SafePipeHandle, LinuxCalls.SetPipeSize, PipeBytes);
        }
    }

    private async Task ReadErrorLinesAsync(Action<string> onErrorLine)
    {
        try
        {
            while (await _process.StandardError.ReadLineAsync(CancellationToken.None) is { } line)
            {
                onErrorLine(line);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The program is gone, and with it what it had to say.
        }
    }

    private async Task<ProgramExit> WaitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        return new ProgramExit(_process.ExitCode);
    }
}
