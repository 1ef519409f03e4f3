using VzDump.Engine.Host;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A target that takes some bytes and then none, until it is told to go on.</summary>
public sealed class StallingTarget(string path, long after) : WriteOnlyStream
{
    private readonly FileStream _file = File.Create(path);
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _count;

    /// <summary>Completes when somebody waits for it.</summary>
    public Task Stalled => _stalled.Task;

    public void GoOn() => _goOn.TrySetResult();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _count += buffer.Length;
        if (_count > after)
        {
            _stalled.TrySetResult();
            await _goOn.Task.WaitAsync(cancellationToken);
        }

        await _file.WriteAsync(buffer, cancellationToken);
        await _file.FlushAsync(cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        base.Dispose(disposing);
    }
}
