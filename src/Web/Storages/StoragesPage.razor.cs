using VzDump.Engine;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Storages;

/// <summary>The places for archives: whether each can be used, how full it is, and what lies there.</summary>
public sealed partial class StoragesPage(StorageDesk desk, Visitor visitor)
{
    private readonly HashSet<string> _testing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _tested = new(StringComparer.Ordinal);
    private IReadOnlyList<StorageRow>? _rows;
    private Rights _rights = Rights.None;
    private string? _problem;

    private StorageDesk Desk => desk;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [_ => LoadAsync()];

    private async Task LoadAsync()
    {
        try
        {
            _rights = await visitor.RightsAsync(Left);
            (_rows, _problem) = (await desk.ListAsync(_rights, Left), null);
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }

        await InvokeAsync(StateHasChanged);
    }

    private Task TestAsync(string storage) => FollowAsync(cancellation => TestAsync(storage, cancellation));

    private async Task TestAsync(string storage, CancellationToken cancellation)
    {
        _testing.Add(storage);
        _tested.Remove(storage);
        StateHasChanged();
        try
        {
            var took = await desk.TestAsync(await visitor.RightsAsync(cancellation), storage, cancellation);
            _tested[storage] = $"Ready for backups; it took {Words.Span(took)}.";
        }
        catch (ProblemException problem)
        {
            _tested[storage] = $"The test failed: {problem.Message}";
        }
        finally
        {
            _testing.Remove(storage);
        }

        await LoadAsync();
    }
}
