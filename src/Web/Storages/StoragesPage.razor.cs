using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Checks;
using VzDump.Web.Checks;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Storages;

/// <summary>The places for archives: whether each can be used, how full it is, what lies there, and when that is checked and tested.</summary>
public sealed partial class StoragesPage(StorageDesk desk, CheckDesk checks, Visitor visitor, IDialogService dialogs)
{
    private static readonly DialogOptions Wide = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, CloseOnEscapeKey = true, CloseButton = true };
    private readonly HashSet<string> _testing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _tested = new(StringComparer.Ordinal);
    private IReadOnlyList<StorageRow>? _rows;
    private Rights _rights = Rights.None;
    private CheckStanding? _checks;
    private TrialStanding? _trials;
    private string? _problem;

    private StorageDesk Desk => desk;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [_ => LoadAsync(), WatchChecksAsync];

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

    private async Task WatchChecksAsync(CancellationToken cancellation)
    {
        await foreach (var standing in checks.WatchAsync(visitor.RightsAsync, cancellation))
        {
            (_checks, _trials) = standing;
            await InvokeAsync(StateHasChanged);
        }
    }

    private Task ChangeChecksAsync() => dialogs.ShowAsync<CheckPlanDialog>(
        "Scheduled checks",
        new DialogParameters<CheckPlanDialog>
        {
            { dialog => dialog.Plan, _checks!.Plan },
            { dialog => dialog.Storages, [.. _rows!.Select(row => row.State.Name)] },
            { dialog => dialog.Save, SaveChecksAsync },
        },
        Wide);

    private async Task SaveChecksAsync(CheckPlan plan) => await checks.SaveAsync(await visitor.RightsAsync(CancellationToken.None), plan, CancellationToken.None);

    private async Task ChangeTrialsAsync()
    {
        try
        {
            await dialogs.ShowAsync<TrialPlanDialog>(
                "Restore tests",
                new DialogParameters<TrialPlanDialog>
                {
                    { dialog => dialog.Plan, _trials!.Plan },
                    { dialog => dialog.Storages, await checks.ListTargetsAsync(Left) },
                    { dialog => dialog.Save, SaveTrialsAsync },
                },
                Wide);
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
    }

    private async Task SaveTrialsAsync(TrialPlan plan) => await checks.SaveAsync(await visitor.RightsAsync(CancellationToken.None), plan, CancellationToken.None);

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
