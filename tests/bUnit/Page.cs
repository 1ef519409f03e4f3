using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;

namespace VzDump.Tests.bUnit;

/// <summary>A rendered component with MudBlazor's services, and a browser that answers every script.</summary>
public abstract class Page : BunitContext
{
    /// <param name="add">What a page needs besides; asked once, before anything is rendered.</param>
    protected Page(Action<BunitContext>? add = null)
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices(mud => mud.PopoverOptions.CheckForPopoverProvider = false);
        Services.AddSingleton(TimeProvider.System);
        add?.Invoke(this);
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }
}
