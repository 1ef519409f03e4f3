using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Jobs.Live;
using VzDump.Jobs.Saved;
using VzDump.Web.SignIn;

namespace VzDump.Web.SavedJobs;

/// <summary>Edits a job that is saved, or makes one.</summary>
public sealed partial class JobEditorPage(
    JobEditing editing, JobDesk desk, RunFeed feed, Visitor visitor, TimeProvider time, ISnackbar snackbar, NavigationManager navigation)
{
    private static readonly string[] SelectionFields = ["vmid", "all", "exclude", "pool"];
    private JobSurroundings? _around;
    private JobForm? _form;
    private SavedJob? _saved;
    private SavedJob? _other;
    private IReadOnlyList<Archive>? _archives;
    private RetentionView? _retention;
    private IReadOnlyList<DraftProblem> _problems = [];
    private IReadOnlyList<string> _sentences = [];
    private bool _gone;
    private bool _saving;
    private bool _leaving;
    private bool _tried;

    /// <summary>Null for a new one.</summary>
    [Parameter]
    public Guid? Id { get; set; }

    /// <summary>VMIDs that a new job begins with.</summary>
    [SupplyParameterFromQuery]
    public string? Guests { get; set; }

    private bool IsUnsaved => !_leaving && _form is { IsChanged: true };

    private string? SelectionProblem => Join(_problems.Where(problem => SelectionFields.Contains(problem.Field)));

    private string Differences => _other is { DeletedAt: null } && _saved is not null && JobDifferences.Between(_saved, _other) is { Count: > 0 } fields ? $"It is about {string.Join(", ", fields)}." : "";

    // What belongs to a field stands beside it as soon as somebody has tried to save; options are judged at once.
    private string? ProblemOf(string field) => _tried ? Join(_problems.Where(problem => problem.Field == field)) : null;

    protected override object? Subject => Id;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [BeginAsync];

    private async Task BeginAsync(CancellationToken cancellation)
    {
        _form = null; // of another job, when the address has changed
        _around = await editing.ReadAsync(cancellation);
        await LoadAsync(cancellation);
        await InvokeAsync(StateHasChanged);
        _ = FollowAsync(WatchAsync);
        _ = FollowAsync(ReadArchivesAsync);
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        (_saved, _other, _gone) = (null, null, false);
        (_problems, _sentences, _tried) = ([], [], false);
        if (Id is not { } id)
        {
            _form = JobForm.New(GuestIdList.TryParse(Guests ?? "", out var guests, out _) ? guests : []);
        }
        else if (await desk.FindAsync(await visitor.RightsAsync(cancellation), id, cancellation) is { DeletedAt: null } saved)
        {
            (_saved, _form) = (saved, JobForm.Of(saved));
        }
        else
        {
            _gone = true;
        }

        Judge();
    }

    private async Task ReadArchivesAsync(CancellationToken cancellation)
    {
        _archives = await editing.ReadArchivesAsync(cancellation);
        Judge();
        await InvokeAsync(StateHasChanged);
    }

    // Somebody else may save the same job while it is open here.
    private async Task WatchAsync(CancellationToken cancellation)
    {
        await foreach (var _ in feed.WatchAllAsync(cancellation))
        {
            if (Id is { } id && !_saving && !_leaving && _form is { } form && await desk.FindAsync(await visitor.RightsAsync(cancellation), id, cancellation) is { } now && now.Version != form.Version && now.Version != _other?.Version)
            {
                _other = now;
                await InvokeAsync(StateHasChanged);
            }
        }
    }

    private void Edit(Action change)
    {
        change();
        Edited();
    }

    private void Edited()
    {
        Judge();
        StateHasChanged();
    }

    private void Judge()
    {
        if (_form is not { } form || _around is not { } around)
        {
            return;
        }

        _problems = form.Problems();
        if (_archives is not null)
        {
            var meant = around.Node.Of(form.Selection.ToSelection());
            _retention = RetentionView.Of(_archives, meant.Here, form.Options.Settings, around.Context, time.LocalTimeZone);
        }
    }

    private async Task SaveAsync(int version)
    {
        _tried = true;
        Judge();
        _sentences = [.. _problems.Select(problem => problem.Sentence).Distinct(StringComparer.Ordinal)];
        if (_sentences.Count > 0)
        {
            return;
        }

        _saving = true;
        try
        {
            var outcome = await desk.SaveAsync(await visitor.RightsAsync(CancellationToken.None), Id, version, _form!.ToDraft(), CancellationToken.None);
            Show(outcome);
        }
        catch (Exception error) when (error is ProblemException or IOException)
        {
            _sentences = [error.Message];
        }
        finally
        {
            _saving = false;
        }
    }

    private void Show(SaveOutcome outcome)
    {
        switch (outcome)
        {
            case SaveOutcome.Saved saved:
                _leaving = true;
                snackbar.Add($"“{saved.Job.Name}” is saved.", Severity.Success);
                navigation.NavigateTo("/jobs");
                break;
            case SaveOutcome.Invalid invalid:
                _sentences = [.. invalid.Problems.Select(problem => problem.Sentence)];
                break;
            case SaveOutcome.ChangedMeanwhile changed:
                _other = changed.Now;
                break;
            case SaveOutcome.Gone:
                _sentences = ["This job was deleted while you edited it. Go back to the list and make a new one."];
                break;
        }
    }

    private async Task TakeTheirsAsync() => await LoadAsync(Left);

    private static string Text(ChangeEventArgs change) => change.Value as string ?? "";

    private static string? Join(IEnumerable<DraftProblem> problems) => problems.Select(problem => problem.Sentence).Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } sentences ? string.Join(' ', sentences) : null;
}
