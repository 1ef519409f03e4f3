using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
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
    private readonly LogRows _rows = new();
    private string? _find;
    private string? _findWas;
    private bool _wraps;
    private bool _times = true;
    private bool _collapses = true;
    private int _match;
    private long? _shownLine;

    // Wrapped lines have any height, so that all of them stand in the document.
    private const int MostWrapped = 2000;

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

    private ICollection<LogRow> Items => (ICollection<LogRow>)_rows.Rows;

    // The line that is pointed to, or the match that is looked at.
    private long? Current => _find is not null && _match < _rows.Matches.Count ? _rows.Rows[_rows.Matches[_match]].Line.Number : Filter.Line;

    protected override void OnParametersSet()
    {
        // While somebody types, the address is behind.
        if (Filter.Find != _findWas)
        {
            (_find, _findWas) = (Filter.Find, Filter.Find);
        }

        if (Filter.Line != _shownLine && Filter.Line is { } line && line <= Lines.Count)
        {
            Look();
            _collapses = _collapses && (_rows.IndexOf(line) is not { } at || _rows.Rows[at].Line.Number == line);
        }

        Look();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _module = await js.InvokeAsync<IJSObjectReference>("import", navigation.BaseUri + "log.js");
            _following = await _module.InvokeAsync<IJSObjectReference>("follow", _box);
        }

        // A link may point to a line that has not come yet.
        if (_following is not null && Filter.Line != _shownLine && (Filter.Line is null || _rows.IndexOf(Filter.Line.Value) is not null))
        {
            _shownLine = Filter.Line;
            if (Filter.Line is { } line && _rows.IndexOf(line) is { } at)
            {
                await GoToAsync(at);
            }
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

    private void Look() => _rows.Update(Lines, Filter with { Find = _find }, _collapses);

    private async Task FindAsync(ChangeEventArgs change)
    {
        _find = change.Value as string is { Length: > 0 } text ? text : null;
        _match = 0;
        Look();
        await StepAsync(0);
    }

    private Task KeyAsync(KeyboardEventArgs key) => key.Key == "Enter" ? StepAsync(key.ShiftKey ? -1 : 1) : Task.CompletedTask;

    private async Task StepAsync(int step)
    {
        if (_rows.Matches.Count > 0)
        {
            _match = (_match + step + _rows.Matches.Count) % _rows.Matches.Count;
            await GoToAsync(_rows.Matches[_match]);
        }
    }

    private async Task GoToAsync(int row)
    {
        if (_following is not null)
        {
            await _following.InvokeVoidAsync("goTo", row, _rows.Rows[row].Line.Number);
        }
    }

    private void ToggleProgress()
    {
        _collapses = !_collapses;
        Look();
    }

    private string LinkOf(RunLogLine line) => navigation.GetUriWithQueryParameter("line", line.Number);

    private Task Change(LogFilter filter) => FilterChanged.InvokeAsync(filter);

    private Task CopyAsync() => js.InvokeVoidAsync("vzdump.copy", RunLogText.Of([.. Lines.Where(Filter.Shows)], Viewer)).AsTask();
}
