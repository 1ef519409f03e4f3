using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Web.SignIn;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Web.Runs;

/// <summary>A run as it works, or as it was.</summary>
public sealed partial class RunPage(RunDesk runs, Visitor visitor, IDialogService dialogs, ISnackbar snackbar, NavigationManager navigation)
{
    private readonly List<RunLogLine> _lines = [];
    private Run? _run;
    private bool _unknown;
    private bool _mayAct;

    [Parameter]
    public Guid Id { get; set; }

    [SupplyParameterFromQuery]
    public string? Guest { get; set; }

    [SupplyParameterFromQuery]
    public string? Level { get; set; }

    [SupplyParameterFromQuery]
    public string? Find { get; set; }

    [SupplyParameterFromQuery]
    public string? Line { get; set; }

    protected override object? Subject => Id;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [WatchAsync];

    private async Task WatchAsync(CancellationToken cancellation)
    {
        _run = null;
        _unknown = false;
        _lines.Clear();
        await foreach (var update in runs.WatchAsync(visitor.RightsAsync, Id, 0, cancellation))
        {
            var rights = await visitor.RightsAsync(cancellation);
            cancellation.ThrowIfCancellationRequested(); // the page may be another run's by now
            _mayAct = rights.May(Role.Operator) && rights.SeesWhole(update.Run);
            Show(update);
        }

        cancellation.ThrowIfCancellationRequested();
        _unknown = _run is null;
        StateHasChanged();
    }

    private void Show(RunUpdate update)
    {
        _run = update.Run;
        _lines.AddRange(update.NewLines);
        StateHasChanged();
    }

    private async Task StopAsync(StopKind kind)
    {
        if (kind is StopKind.AfterThisGuest || await IsSureAsync())
        {
            await ActAsync(async rights =>
            {
                if (await runs.StopAsync(rights, Id, kind, CancellationToken.None) && kind is StopKind.AfterThisGuest)
                {
                    snackbar.Add("The guest that is worked on gets its archive; those that still wait are left out.", Severity.Info);
                }
            });
        }
    }

    private async Task<bool> IsSureAsync() => await dialogs.ShowMessageBoxAsync("Stop this run?",
        _run!.Work switch
        {
            RunWork.Restore { Request.Replace: true } => "The guest stays as it was, and what was restored so far is deleted.",
            RunWork.Restore => "What was restored so far is deleted.",
            RunWork.PutBack => "Files that were put back until now stay.",
            RunWork.Trial => "What the test made is removed. Whether the guest comes back stays unknown.",
            RunWork.Verify => "Nothing is changed. Whether the archive is sound stays unknown.",
            _ => "The guest that is worked on goes back to the state it was in, and its unfinished archive is deleted. Guests whose turn has not come are left out. Finished archives stay.",
        },
        yesText: "Stop the run", cancelText: "Let it go on") is true;

    private Task RetryAsync() => ActAsync(async rights =>
    {
        switch (await runs.RetryAsync(rights, Id, CancellationToken.None))
        {
            case RetryOutcome.Started started:
                navigation.NavigateTo($"/runs/{started.Run}");
                break;
            case RetryOutcome.Refused refused:
                snackbar.Add(refused.Reason, Severity.Warning);
                break;
        }
    });

    private async Task ActAsync(Func<Rights, Task> act)
    {
        try
        {
            await act(await visitor.RightsAsync(CancellationToken.None));
        }
        catch (ProblemException problem)
        {
            snackbar.Add(problem.Message, Severity.Error);
        }
    }

    private void GoTo(LogFilter filter) => navigation.NavigateTo(
        navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            ["guest"] = filter.Guest?.ToString(),
            ["level"] = filter.Least switch { LogLevel.Warn => "warn", LogLevel.Error => "error", _ => null },
            ["find"] = filter.Find,
            ["line"] = filter.Line,
        }),
        replace: true);
}
