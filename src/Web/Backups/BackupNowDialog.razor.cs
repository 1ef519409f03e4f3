using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;

namespace VzDump.Web.Backups;

/// <summary>Closes with the id of the run it started; stays open, with the reason, when that failed.</summary>
public sealed partial class BackupNowDialog(ILogger<BackupNowDialog> log)
{
    private readonly BackupDraft _draft = new();
    private string? _problem;
    private bool _starting;

    [CascadingParameter]
    public required IMudDialogInstance Dialog { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<Guest> Guests { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<StorageState> Storages { get; set; }

    /// <summary>Starts the job for who looks at the page and gives the run's id.</summary>
    [Parameter, EditorRequired]
    public required Func<BackupJob, Task<Guid>> Start { get; set; }

    private string StorageHint => Storages.FirstOrDefault(storage => storage.Name == _draft.Storage) is { } chosen ? $"Archives go to {chosen.ArchiveFolder}" : "";

    protected override void OnInitialized() => _draft.Storage = Storages.FirstOrDefault(storage => storage.Problem is null)?.Name;

    private async Task StartAsync()
    {
        _starting = true;
        _problem = null;
        try
        {
            Dialog.Close(await Start(_draft.ToJob(Guests.Select(guest => guest.Id))));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            log.BackupNotStarted(error);
            _problem = $"The backup could not be started: {error.Message} Nothing was changed; try again.";
        }
        finally
        {
            _starting = false;
        }
    }
}
