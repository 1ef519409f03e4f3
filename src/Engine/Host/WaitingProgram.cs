using System.Text;

namespace VzDump.Engine.Host;

/// <summary>A program that has been started and is told everything on its input at once; then it works to its end, and what it says is collected.</summary>
public sealed class WaitingProgram : IAsyncDisposable
{
    private readonly int _outputLimit;
    private readonly StringBuilder _errors = new();
    private readonly RunningProgram _program;
    private readonly Task<string> _output;

    internal WaitingProgram(Func<Action<string>, RunningProgram> start, int outputLimit)
    {
        _outputLimit = outputLimit;
        _program = start(line =>
        {
            if (_errors.Length < _outputLimit)
            {
                _errors.Append(line).Append('\n');
            }
        });
        _output = ReadTextAsync();
    }

    public int Pid => _program.Pid;

    /// <summary>Lets it go on and waits for its end. Cancelling leaves it to the clean-up.</summary>
    public async Task<ProgramResult> GoAsync(string input, CancellationToken cancellation)
    {
        try
        {
            if (input.Length > 0)
            {
                await _program.Input.WriteAsync(Encoding.UTF8.GetBytes(input), cancellation);
            }

            _program.Input.Close();
        }
        catch (IOException)
        {
            // It has ended already; its exit says why.
        }

        var exit = await _program.Exit.WaitAsync(cancellation);

        // A daemon that the program left behind may hold the output open; what the program itself said has arrived by then.
        await Task.WhenAny(Task.WhenAll(_output, _program.ErrorLinesRead), Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellation));
        return new ProgramResult(exit, _output.IsCompletedSuccessfully ? await _output : "", _errors.ToString());
    }

    /// <summary>Ends it if it has not ended.</summary>
    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private async Task<string> ReadTextAsync()
    {
        using var text = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            for (int count; (count = await _program.Output.ReadAsync(buffer, CancellationToken.None)) > 0;)
            {
                text.Write(buffer, 0, (int)Math.Min(count, _outputLimit - text.Length));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Closed under us: the program was ended.
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
