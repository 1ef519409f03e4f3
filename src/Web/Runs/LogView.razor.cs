using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using VzDump.Jobs.Runs;
using VzDump.Web.Shell;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Web.Runs;

/// <summary>Shows the lines that pass the filter and tells when another filter is wanted.</summary>
public sealed partial class LogView(IJSRuntime js, NavigationManager navigation) : IAsyncDisposable
{
    private ElementReference _box;
    private IJSObjectReference? _module;
    private IJSObjectReference? _following;
    private IReadOnlyList<RunLogLine> _shown = [];
    private ICollection<RunLogLine> _items = [];

    [Parameter, EditorRequired]
    public required IReadOnlyList<RunLogLine> Lines { get; set; }

    /// <summary>Whether more lines may come.</summary>
    [Parameter]
    public bool IsWorking { get; set; }

    [Parameter]
    public IReadOnlyList<RunTask> Tasks { get; set; } = [];

    [Parameter]
    public LogFilter Filter { get; set; } = LogFilter.Everything;

    [Parameter]
    public EventCallback<LogFilter> FilterChanged { get; set; }

    [Parameter]
    public string DownloadHref { get; set; } = "";

    [CascadingParameter]
    public Viewer Viewer { get; set; } = Viewer.Unknown;

    protected override void OnParametersSet()
    {
        _shown = Filter.Of(Lines);
        _items = _shown as ICollection<RunLogLine> ?? [.. _shown];
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _module = await js.InvokeAsync<IJSObjectReference>("import", navigation.BaseUri + "log.js");
            _following = await _module.InvokeAsync<IJSObjectReference>("follow", _box);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_following is not null)
            {
                await _following.InvokeVoidAsync("stop");
                await _following.DisposeAsync();
            }

            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and with it what was to be stopped.
        }
    }

    private static string Pressed(bool on) => on ? "true" : "false";

    private static string Tone(LogLevel level) => level switch { LogLevel.Error => "log-error", LogLevel.Warn => "log-warn", _ => "" };

    private static string Word(LogLevel level) => level switch { LogLevel.Error => "ERROR", LogLevel.Warn => "WARN", _ => "INFO" };

    private Task Change(LogFilter filter) => FilterChanged.InvokeAsync(filter);

    private Task CopyAsync() => js.InvokeVoidAsync("vzdump.copy", RunLogText.Of(_shown, Viewer)).AsTask();
}
