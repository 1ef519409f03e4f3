using System.IO.Pipes;
using VzDump.Engine.Host;

namespace VzDump.Engine.Compression;

/// <summary>An archive's content as it is read. At its end <see cref="FinishAsync"/> says whether all of it was there.</summary>
public abstract class DecompressedInput : IAsyncDisposable
{
    private readonly FileStream _file;

    private readonly Stream _source;

    private DecompressedInput(FileStream file, Stream source) => (_file, _source) = (file, source);

    /// <summary>The uncompressed data.</summary>
    public abstract Stream Output { get; }

    /// <summary>How much of the file has been read, in bytes of the file.</summary>
    public abstract long Position { get; }

    /// <summary>Of the file, in bytes.</summary>
    public long Length => _file.Length;

    /// <summary>Whether nothing more will come by itself: the file was read to its end, or what reads it gave up.</summary>
    public virtual bool HasEnded => Position >= Length;

    /// <summary>To be called when the output has been read to its end.</summary>
    /// <exception cref="ProblemException">The file is damaged or cut off.</exception>
    public abstract Task FinishAsync(CancellationToken cancellation);

    /// <summary>Gives up on the content and reads only the rest of the file, for whoever watches its bytes.</summary>
    public virtual async Task ReadRestAsync(CancellationToken cancellation)
    {
        var buffer = new byte[1024 * 1024];
        while (await _source.ReadAsync(buffer, cancellation) > 0)
        {
        }
    }

    public virtual async ValueTask DisposeAsync() => await _file.DisposeAsync();

    /// <summary>Read in this process, or not compressed at all.</summary>
    internal sealed class Plain(FileStream file, Stream source, Stream output) : DecompressedInput(file, source)
    {
        public override Stream Output => output;

        public override long Position => _file.Position;

        public override Task FinishAsync(CancellationToken cancellation) => Task.CompletedTask;

        public override async ValueTask DisposeAsync()
        {
            await output.DisposeAsync();
            await base.DisposeAsync();
        }
    }

    internal sealed class ByProgram : DecompressedInput
    {
        private readonly RunningProgram _program;
        private readonly List<string> _complaints;
        private readonly Task _feeding;
        private long _position;

        private ByProgram(RunningProgram program, List<string> complaints, FileStream file, Stream source)
            : base(file, source)
        {
            _program = program;
            _complaints = complaints;
            Output = new PipeInput((PipeStream)program.Output);
            _feeding = Task.Factory.StartNew(() => FeedAsync(source), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        }

        public override Stream Output { get; }

        public override long Position => Volatile.Read(ref _position);

        public override bool HasEnded => _program.Exit.IsCompleted && _feeding.IsCompleted;

        public static ByProgram Start(HostPrograms programs, HostCommand command, FileStream file, Stream source)
        {
            const int enough = 20;
            var complaints = new List<string>();
            var program = programs.Start(command, line =>
            {
                if (complaints.Count < enough)
                {
                    complaints.Add(line);
                }
            });
            return new ByProgram(program, complaints, file, source);
        }

        public override async Task FinishAsync(CancellationToken cancellation)
        {
            await _feeding.WaitAsync(cancellation);
            var exit = await _program.Exit.WaitAsync(cancellation);
            await _program.ErrorLinesRead;
            if (!exit.Succeeded)
            {
                throw new ProblemException($"The archive is damaged or cut off ({_program}: {_complaints.FirstOrDefault() ?? exit.ToString()}).");
            }
        }

        public override async Task ReadRestAsync(CancellationToken cancellation)
        {
            await _program.StopAsync();
            await _feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await base.ReadRestAsync(cancellation);
        }

        public override async ValueTask DisposeAsync()
        {
            await _program.DisposeAsync();
            await _feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await base.DisposeAsync();
        }

        // On a thread of its own, and not asynchronously: see PipeInput.
        private async Task FeedAsync(Stream file)
        {
            try
            {
                var buffer = new byte[1024 * 1024];
                for (int count; (count = file.Read(buffer, 0, buffer.Length)) > 0;)
                {
                    _program.Input.Write(buffer, 0, count);
                    Volatile.Write(ref _position, _position + count);
                }

                _program.Input.Close();
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException && _program.Exit.IsCompleted)
            {
                // It gave up, and its exit code says so; or nobody wants the rest.
            }
            catch (IOException error)
            {
                // The file could not be read, or the program closed its input and is about to end.
                await _program.StopAsync();
                throw new ProblemException($"The archive cannot be read to its end: {error.Message}", error);
            }
        }
    }
}
