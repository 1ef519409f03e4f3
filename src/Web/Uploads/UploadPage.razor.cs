using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using VzDump.Engine;
using VzDump.Engine.Storages;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Uploads;

/// <summary>Sends archives from the browser to a storage; the files go past this page, piece by piece.</summary>
public sealed partial class UploadPage(UploadDesk desk, Visitor visitor, IJSRuntime js, NavigationManager navigation, TimeProvider time) : IAsyncDisposable
{
    private readonly Dictionary<string, UploadRow> _rows = new(StringComparer.Ordinal);
    private ElementReference _box, _input;
    private IReadOnlyList<StorageState>? _storages;
    private string? _storage;
    private string? _problem;
    private IJSObjectReference? _module;
    private IJSObjectReference? _watching;
    private DotNetObjectReference<UploadPage>? _self;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [OpenAsync];

    private TimeProvider Time => time;

    /// <summary>A file was chosen.</summary>
    [JSInvokable]
    public void Begun(string name, long size)
    {
        _rows[name] = new UploadRow(name, size);
        StateHasChanged();
    }

    /// <summary>An upload has come further, or has ended.</summary>
    [JSInvokable]
    public void Told(string name, string state, long done, long total, string? problem)
    {
        if (_rows.TryGetValue(name, out var row))
        {
            row.Tell(state, done, total, problem, time);
            StateHasChanged();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Dispose();
        _self?.Dispose();
        try
        {
            await (_watching?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (_module?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone.
        }
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        try
        {
            _storages = await desk.ListStoragesAsync(await visitor.RightsAsync(cancellation), cancellation);
            _storage = _storages is [var first, ..] ? first.Name : null;
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }

        StateHasChanged();
        if (_storage is not null)
        {
            _self = DotNetObjectReference.Create(this);
            _module = await js.InvokeAsync<IJSObjectReference>("import", cancellation, navigation.BaseUri + "upload.js");
            _watching = await _module.InvokeAsync<IJSObjectReference>("watch", cancellation, _box, _input, _self);
            await ChooseAsync(_storage);
            StateHasChanged();
        }
    }

    private async Task ChooseAsync(string? storage)
    {
        _storage = storage;
        if (_watching is not null)
        {
            await _watching.InvokeVoidAsync("to", storage);
        }
    }

    private async Task CancelAsync(string name) => await _watching!.InvokeVoidAsync("cancel", name);
}
