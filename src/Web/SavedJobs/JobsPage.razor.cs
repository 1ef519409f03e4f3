using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Live;
using VzDump.Jobs.Saved;
using VzDump.Web.SignIn;

namespace VzDump.Web.SavedJobs;

/// <summary>Every saved job with its last result and its next time, live.</summary>
public sealed partial class JobsPage(JobDesk desk, RunFeed feed, Visitor visitor, IDialogService dialogs, ISnackbar snackbar, NavigationManager navigation)
{
    private static readonly DialogOptions Wide = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, CloseOnEscapeKey = true, CloseButton = true };
    private const int UndoMilliseconds = 10_000;
    private IReadOnlyList<JobRow>? _rows;
    private Rights _rights = Rights.None;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [WatchAsync];

    private async Task WatchAsync(CancellationToken cancellation)
    {
        await foreach (var _ in feed.WatchAllAsync(cancellation))
        {
            await LoadAsync();
        }
    }

    private async Task LoadAsync()
    {
        _rights = await visitor.RightsAsync(Left);
        _rows = await desk.ListAsync(_rights, Left);
        await InvokeAsync(StateHasChanged);
    }

    private async Task SetEnabledAsync((SavedJob Job, bool IsOn) wish)
    {
        if (await DoneAsync(by => desk.SetEnabledAsync(by, wish.Job.Id, wish.IsOn, CancellationToken.None)) is not null)
        {
            snackbar.Add(wish.IsOn ? $"The schedule of “{wish.Job.Name}” is on." : $"The schedule of “{wish.Job.Name}” is off; it can still be run by hand.", Severity.Info);
        }
    }

    private async Task RunNowAsync(SavedJob job)
    {
        try
        {
            navigation.NavigateTo($"/runs/{await desk.RunNowAsync(await visitor.RightsAsync(CancellationToken.None), job.Id, CancellationToken.None)}");
        }
        catch (ProblemException problem)
        {
            snackbar.Add(problem.Message, Severity.Error);
        }
    }

    private Task ImportAsync() => dialogs.ShowAsync<ImportDialog>("Import jobs of Proxmox VE", Wide);

    private async Task CloneAsync(SavedJob job)
    {
        if (await DoneAsync(by => desk.CloneAsync(by, job.Id, CancellationToken.None)) is { } copy)
        {
            snackbar.Add("The copy is switched off, so that the two do not run at once.", Severity.Info);
            navigation.NavigateTo($"/jobs/{copy.Id}");
        }
    }

    private async Task DeleteAsync(SavedJob job)
    {
        if (await DoneAsync(by => desk.DeleteAsync(by, job.Id, CancellationToken.None)) is null)
        {
            return;
        }

        snackbar.Add($"“{job.Name}” is deleted. Its runs and archives stay.", Severity.Normal, toast =>
        {
            toast.Action = "Undo";
            toast.VisibleStateDuration = UndoMilliseconds;
            toast.OnClick = _ => InvokeAsync(() => DoneAsync(by => desk.RestoreAsync(by, job.Id, CancellationToken.None)));
        });
    }

    private async Task<SavedJob?> DoneAsync(Func<Rights, Task<SaveOutcome>> act)
    {
        string problem;
        try
        {
            var outcome = await act(await visitor.RightsAsync(CancellationToken.None));
            if (outcome is SaveOutcome.Saved saved)
            {
                return saved.Job;
            }

            problem = Say(outcome);
        }
        catch (ProblemException refused)
        {
            problem = refused.Message;
        }

        snackbar.Add(problem, Severity.Warning);
        await LoadAsync();
        return null;
    }

    private static string Say(SaveOutcome outcome) => outcome switch
    {
        SaveOutcome.ChangedMeanwhile changed => $"{changed.Now.ChangedBy} has just changed this job. Look at it again, then repeat what you wanted.",
        SaveOutcome.Invalid invalid => $"Not done: {string.Join(' ', invalid.Problems.Select(problem => problem.Sentence))}",
        _ => "This job is gone: somebody has deleted it.",
    };
}
