using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using VzDump.Engine.Guests;
using VzDump.Web.Backups;
using VzDump.Web.Guests;
using VzDump.Web.SignIn;

namespace VzDump.Web.Shortcuts;

/// <summary>Listens to the keyboard as long as the frame of the pages is shown; shows nothing itself.</summary>
public sealed class ShortcutKeys : ComponentBase, IAsyncDisposable
{
    private static readonly DialogOptions Sheet = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, CloseButton = true };
    private DotNetObjectReference<ShortcutKeys>? _self;
    private IJSObjectReference? _module;
    private IJSObjectReference? _listening;
    private bool _asks;

    [Inject]
    public required ShortcutServices Services { get; set; }

    /// <summary>Opens the sheet that tells all of them.</summary>
    public static async Task ShowAsync(IDialogService dialogs) => await (await dialogs.ShowAsync<ShortcutSheet>("Keyboard shortcuts", Sheet)).Result;

    [JSInvokable]
    public Task HelpAsync() => OnceAsync(() => ShowAsync(Services.Dialogs));

    /// <summary>Asks how the guest of this page, or else all that he may back up, are to be backed up.</summary>
    [JSInvokable]
    public Task BackUpAsync() => OnceAsync(async () =>
    {
        var rights = await Services.Visitor.RightsAsync(CancellationToken.None);
        if (!rights.May(Role.Operator))
        {
            return;
        }

        var all = rights.See(await Services.Guests.ListAsync(CancellationToken.None)).Guests.Select(state => state.Guest).ToList();
        var path = Services.Navigation.ToBaseRelativePath(Services.Navigation.Uri).Split('?', '#')[0];
        var here = path.StartsWith("guests/", StringComparison.Ordinal) && GuestId.TryParse(path.AsSpan("guests/".Length), out var id) ? all.Where(guest => guest.Id == id).ToList() : all;
        if (here.Count > 0)
        {
            await Services.BackupNow.AskAsync(here);
        }
    });

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            var places = Shortcut.For(await Services.Visitor.RightsAsync(CancellationToken.None)).ToDictionary(shortcut => shortcut.Key, shortcut => shortcut.Address);
            _self = DotNetObjectReference.Create(this);
            _module = await Services.Js.InvokeAsync<IJSObjectReference>("import", Services.Navigation.BaseUri + "shortcuts.js");
            _listening = await _module.InvokeAsync<IJSObjectReference>("listen", places, _self);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_listening is not null)
            {
                await _listening.InvokeVoidAsync("stop");
                await _listening.DisposeAsync();
            }

            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and its keyboard too.
        }

        _self?.Dispose();
    }

    // The key may be pressed again before the dialog is there.
    private async Task OnceAsync(Func<Task> ask)
    {
        if (_asks)
        {
            return;
        }

        _asks = true;
        try
        {
            await InvokeAsync(ask);
        }
        catch (Engine.ProblemException problem)
        {
            Services.Snackbar.Add(problem.Message, Severity.Error);
        }
        finally
        {
            _asks = false;
        }
    }
}

/// <summary>What shortcuts act on.</summary>
public sealed record ShortcutServices(Visitor Visitor, GuestInventory Guests, BackupNow BackupNow, IDialogService Dialogs, ISnackbar Snackbar, NavigationManager Navigation, IJSRuntime Js);
