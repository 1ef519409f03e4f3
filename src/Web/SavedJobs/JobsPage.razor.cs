using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Live;
using VzDump.Jobs.Saved;

namespace VzDump.Web.SavedJobs;

/// <summary>Every saved job with its last result and its next time, live.</summary>
public sealed partial class JobsPage(JobBoard board, BackupJobs jobs, RunFeed feed, ISnackbar snackbar, NavigationManager navigation) : IDisposable
{
    private const int UndoMilliseconds = 10_000;
    private readonly CancellationTokenSource _closed = new();
    private IReadOnlyList<JobRow>? _rows;

    [CascadingParameter]
    public Task<AuthenticationState>? Visitor { get; set; }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            _ = WatchAsync();
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var _ in feed.WatchAllAsync(_closed.Token))
            {
                await LoadAsync();
            }
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }

    private async Task LoadAsync()
    {
        _rows = await board.ReadAsync(_closed.Token);
        await InvokeAsync(StateHasChanged);
    }

    private async Task SetEnabledAsync((SavedJob Job, bool IsOn) wish)
    {
        if (await DoneAsync(by => jobs.SetEnabledAsync(wish.Job.Id, wish.IsOn, by, CancellationToken.None)) is not null)
        {
            snackbar.Add(wish.IsOn ? $"The schedule of “{wish.Job.Name}” is on." : $"The schedule of “{wish.Job.Name}” is off; it can still be run by hand.", Severity.Info);
        }
    }

    private async Task RunNowAsync(SavedJob job)
    {
        try
        {
            navigation.NavigateTo($"/runs/{await jobs.RunNowAsync(job.Id, await NameAsync(), CancellationToken.None)}");
        }
        catch (ProblemException problem)
        {
            snackbar.Add(problem.Message, Severity.Error);
        }
    }

    private async Task CloneAsync(SavedJob job)
    {
        if (await DoneAsync(by => jobs.CloneAsync(job.Id, by, CancellationToken.None)) is { } copy)
        {
            snackbar.Add("The copy is switched off, so that the two do not run at once.", Severity.Info);
            navigation.NavigateTo($"/jobs/{copy.Id}");
        }
    }

    private async Task DeleteAsync(SavedJob job)
    {
        if (await DoneAsync(by => jobs.DeleteAsync(job.Id, by, CancellationToken.None)) is null)
        {
            return;
        }

        snackbar.Add($"“{job.Name}” is deleted. Its runs and archives stay.", Severity.Normal, toast =>
        {
            toast.Action = "Undo";
            toast.VisibleStateDuration = UndoMilliseconds;
            toast.OnClick = _ => InvokeAsync(() => DoneAsync(by => jobs.RestoreAsync(job.Id, by, CancellationToken.None)));
        });
    }

    private async Task<SavedJob?> DoneAsync(Func<string, Task<SaveOutcome>> act)
    {
        var outcome = await act(await NameAsync());
        if (outcome is SaveOutcome.Saved saved)
        {
            return saved.Job;
        }

        snackbar.Add(outcome switch
        {
            SaveOutcome.ChangedMeanwhile changed => $"{changed.Now.ChangedBy} has just changed this job. Look at it again, then repeat what you wanted.",
            SaveOutcome.Invalid invalid => $"Not done: {string.Join(' ', invalid.Problems.Select(problem => problem.Sentence))}",
            _ => "This job is gone: somebody has deleted it.",
        }, Severity.Warning);
        await LoadAsync();
        return null;
    }

    private async Task<string> NameAsync() => Visitor is null ? "" : (await Visitor).User.Identity?.Name ?? "";
}
