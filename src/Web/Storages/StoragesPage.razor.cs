using VzDump.Engine;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Storages;

/// <summary>The places for archives: whether each can be used, how full it is, and what lies there.</summary>
public sealed partial class StoragesPage(StorageDesk desk, Visitor visitor) : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly HashSet<string> _testing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _tested = new(StringComparer.Ordinal);
    private IReadOnlyList<StorageRow>? _rows;
    private Rights _rights = Rights.None;
    private string? _problem;

    private StorageDesk Desk => desk;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await LoadAsync();
            StateHasChanged();
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task LoadAsync()
    {
        try
        {
            _rights = await visitor.RightsAsync(_closed.Token);
            (_rows, _problem) = (await desk.ListAsync(_rights, _closed.Token), null);
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
        }
    }

    private async Task TestAsync(string storage)
    {
        _testing.Add(storage);
        _tested.Remove(storage);
        StateHasChanged();
        try
        {
            var took = await desk.TestAsync(await visitor.RightsAsync(_closed.Token), storage, _closed.Token);
            _tested[storage] = $"Ready for backups; it took {Words.Span(took)}.";
        }
        catch (ProblemException problem)
        {
            _tested[storage] = $"The test failed: {problem.Message}";
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            _testing.Remove(storage);
        }

        await LoadAsync();
    }
}
