using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;
using MudBlazor.Services;

namespace VzDump.Web.Shell;

/// <summary>The frame of every page for people who are signed in.</summary>
public sealed partial class MainLayout(NavigationManager navigation, IBrowserViewportService viewport)
{
    private ErrorBoundary? _boundary;
    private bool _open = true;

    // With a base element a bare "#content" would lead to the start page.
    private string SkipTarget => "/" + navigation.ToBaseRelativePath(navigation.Uri).Split('#')[0] + "#content";

    // Another page is a fresh start after an error.
    protected override void OnParametersSet() => _boundary?.Recover();

    // On a narrow screen the drawer lies over the page.
    private async Task LeaveDrawerAsync()
    {
        if (await viewport.GetCurrentBreakpointAsync() is Breakpoint.Xs or Breakpoint.Sm)
        {
            _open = false;
        }
    }
}
