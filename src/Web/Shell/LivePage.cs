using Microsoft.AspNetCore.Components;

namespace VzDump.Web.Shell;

/// <summary>A page that shows what goes on: it watches from its first paint, not while it is prerendered, until it is left.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private CancellationTokenSource? _watching;
    private object? _subject;

    /// <summary>Cancelled when the page is left, or is about something else.</summary>
    protected CancellationToken Left { get; private set; } = new(canceled: true);

    /// <summary>What the page is about; when the address changes that and keeps the page, it watches anew.</summary>
    protected virtual object? Subject => null;

    /// <summary>What is watched side by side. Each ends with its token; what one throws is the page's failure.</summary>
    protected abstract IReadOnlyList<Func<CancellationToken, Task>> Watches { get; }

    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender && Equals(_subject, Subject))
        {
            return;
        }

        Leave();
        _subject = Subject;
        _watching = new CancellationTokenSource();
        Left = _watching.Token;
        foreach (var watch in Watches)
        {
            _ = FollowAsync(watch);
        }
    }

    /// <summary>Does something until the page is left; what it throws is the page's failure.</summary>
    protected async Task FollowAsync(Func<CancellationToken, Task> act)
    {
        var left = Left;
        try
        {
            await act(left);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Leave();
        }
    }

    private void Leave()
    {
        _watching?.Cancel();
        _watching?.Dispose();
        _watching = null;
    }
}
