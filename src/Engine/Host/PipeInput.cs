using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace VzDump.Engine.Host;

/// <summary>
/// What a program prints, read on the reader's own thread. Asynchronously, .NET would have another thread wait for the pipe, and hand over to it
/// and back for each piece: that costs more than the data's decompression. A reader that is cancelled does not wait for the program.
/// </summary>
internal sealed class PipeInput(PipeStream pipe) : ReadOnlyStream
{
    private const int Interrupted = 4;

    // Milliseconds, until a cancellation is noticed.
    private const int LookEvery = 100;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!HasSomething())
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            cancellationToken.ThrowIfCancellationRequested();
            return new(pipe.Read(buffer.Span));
        }
        catch (Exception error)
        {
            return ValueTask.FromException<int>(error);
        }
    }

    // Or its end.
    private bool HasSomething()
    {
        var (handle, isHeld) = (pipe.SafePipeHandle, false);
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var request = new LinuxCalls.PollRequest { File = (int)handle.DangerousGetHandle(), Wanted = LinuxCalls.PollIn };
            return LinuxCalls.Poll(ref request, 1, LookEvery) switch
            {
                > 0 => true,
                < 0 when Marshal.GetLastPInvokeError() is var error and not Interrupted => throw new IOException($"The pipe cannot be read (error {error})."),
                _ => false,
            };
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }
}
