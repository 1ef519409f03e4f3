using VzDump.Engine.Host;

namespace VzDump.Engine.Compression;

/// <summary>The compressing end of a pipe. Without <see cref="FinishAsync"/> what was written is not whole.</summary>
public abstract class CompressedOutput : IAsyncDisposable
{
    private CompressedOutput()
    {
    }

    /// <summary>Takes the uncompressed data.</summary>
    public abstract Stream Input { get; }

    /// <summary>Compresses what is left and waits until all of it is at the destination.</summary>
    /// <exception cref="ProblemException">The compressor failed.</exception>
    public abstract Task FinishAsync(CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();

    internal sealed class InProcess(Stream input, Func<CancellationToken, Task> finish) : CompressedOutput
    {
        public override Stream Input => input;

        public override Task FinishAsync(CancellationToken cancellation) => finish(cancellation);

        // Nothing more is written to a draft that is thrown away; the destination is not ours to close.
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    internal sealed class ByProgram : CompressedOutput
    {
        private readonly RunningProgram _program;
        private readonly string _name;
        private readonly IReadOnlyList<string> _complaints;
        private readonly Task _draining;

        public ByProgram(RunningProgram program, string name, Stream destination, IReadOnlyList<string> complaints)
        {
            _program = program;
            _name = name;
            _complaints = complaints;
            _draining = DrainAsync(destination);
            Input = new Feed(this);
        }

        public override Stream Input { get; }

        public override async Task FinishAsync(CancellationToken cancellation)
        {
            _program.Input.Close();
            await _draining.WaitAsync(cancellation);
            var exit = await _program.Exit.WaitAsync(cancellation);
            if (!exit.Succeeded)
            {
                throw new ProblemException($"The compressor '{_name}' failed ({exit}){Complaints}.");
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await _program.DisposeAsync();
            // Its failure has been told by whoever wrote; here it only has to be over before the destination closes.
            await ((Task)_draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private string Complaints => _complaints.Count == 0 ? "" : ": " + _complaints[0];

        private async Task DrainAsync(Stream destination)
        {
            try
            {
                await PipeReading.CopyAsync(_program.Output, data => destination.WriteAsync(data, CancellationToken.None), CancellationToken.None);
            }
            catch
            {
                // Without a reader the compressor would wait for ever, and so would its writer.
                await _program.StopAsync();
                throw;
            }
        }

        /// <summary>The program's input; when writing fails, the reason is what stopped the program: a full disk, or its own complaint.</summary>
        private sealed class Feed(ByProgram owner) : WriteOnlyStream
        {
            public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    // Not asynchronously: .NET would only have another thread wait for the pipe, and hand over to it and back for each piece.
                    owner._program.Input.Write(buffer.Span);
                }
                catch (Exception error) when (error is IOException or ObjectDisposedException)
                {
                    await owner._draining; // throws the destination's own failure, if that was it
                    var exit = await owner._program.Exit;
                    await owner._program.ErrorLinesRead;
                    throw new ProblemException($"The compressor '{owner._name}' stopped early ({exit}){owner.Complaints}.", error);
                }
            }
        }
    }
}
