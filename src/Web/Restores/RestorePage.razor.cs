using System.Globalization;
using Microsoft.AspNetCore.Components;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Web.SignIn;

namespace VzDump.Web.Restores;

/// <summary>Asks how an archive becomes a guest, shows what that will do, and starts it.</summary>
public sealed partial class RestorePage(RestoreDesk desk, Visitor visitor, NavigationManager navigation)
{
    private RestoreDraft _draft = new();
    private RestoreSubject? _subject;
    private RestorePlan? _plan;
    private string? _problem;
    private string? _gone;
    private bool _starting;
    private bool _shuttingDown;
    private int _asked;

    /// <summary>Such as <c>local:backup/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst</c>.</summary>
    [SupplyParameterFromQuery]
    public string? Archive { get; set; }

    // The guest that the archive is of, when it still is there.
    private GuestState? Original => _subject!.Guests.FirstOrDefault(state => state.Guest.Id == _subject.Archive.Guest && state.Guest.Kind == _subject.Archive.Kind);

    // 1 for unprivileged, 0 for privileged, nothing for as it was.
    private string Privileges
    {
        get => _draft.Unprivileged switch { null => "", true => "1", _ => "0" };
        set => _draft.Unprivileged = value switch { "1" => true, "0" => false, _ => null };
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        try
        {
            _subject = ArchiveId.TryParse(Archive ?? "") is { } id ? await desk.FindAsync(await RightsAsync(), id, CancellationToken.None) : null;
            if (_subject is null)
            {
                _gone = "There is no such archive any more.";
            }
            else
            {
                _draft = RestoreDraft.For(_subject.Archive.Guest, [.. _subject.Guests.Select(state => state.Guest.Id)], _subject.NextFree);
                await LookAsync();
            }
        }
        catch (ProblemException problem)
        {
            _gone = problem.Message;
        }

        StateHasChanged();
    }

    private static string Text(ChangeEventArgs change) => change.Value as string ?? "";

    private static long? Number(ChangeEventArgs change) =>
        long.TryParse(Text(change).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue ? number : null;

    private void BecomeNew()
    {
        _draft.Replace = false;
        _draft.Target = _subject!.NextFree.ToString();
        _draft.Unique = true;
    }

    private void Overwrite()
    {
        _draft.Replace = true;
        _draft.Target = Original!.Guest.Id.ToString();
        _draft.Unique = false;
    }

    private Task ChangeAsync(Action change)
    {
        change();
        return LookAsync();
    }

    private async Task LookAsync()
    {
        var asked = ++_asked;
        _problem = _draft.Problem;
        if (_problem is not null)
        {
            _plan = null;
            return;
        }

        try
        {
            _subject = _subject! with { Guests = await desk.ListGuestsAsync(await RightsAsync(), CancellationToken.None) };
            var plan = await desk.PlanAsync(await RightsAsync(), _draft.ToRequest(_subject.Archive.Path, Original?.Guest), CancellationToken.None);
            (_plan, _problem) = asked == _asked ? (plan, null) : (_plan, _problem);
        }
        catch (ProblemException problem)
        {
            (_plan, _problem) = asked == _asked ? (null, problem.Message) : (_plan, _problem);
        }
    }

    private async Task ShutDownAsync(Guest guest)
    {
        _shuttingDown = true;
        try
        {
            await desk.ShutDownAsync(await RightsAsync(), guest, CancellationToken.None);
            _shuttingDown = false;
            await LookAsync();
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
        finally
        {
            _shuttingDown = false;
        }
    }

    private async Task StartAsync()
    {
        _starting = true;
        try
        {
            // The name that was typed goes along: another guest that has the VMID by then is not replaced.
            var request = _draft.ToRequest(_subject!.Archive.Path, Original?.Guest);
            var run = await desk.StartAsync(await RightsAsync(), ArchiveId.Of(_subject.Archive), request with { ReplacedName = request.Replace ? _draft.TypedName.Trim() : null }, CancellationToken.None);
            navigation.NavigateTo($"/runs/{run}");
        }
        catch (ProblemException problem)
        {
            (_plan, _problem) = (null, problem.Message);
        }
        finally
        {
            _starting = false;
        }
    }

    private Task<Rights> RightsAsync() => visitor.RightsAsync(CancellationToken.None);
}
