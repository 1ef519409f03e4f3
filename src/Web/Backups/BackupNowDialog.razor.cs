using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Web.OptionForms;

namespace VzDump.Web.Backups;

/// <summary>Closes with the id of the run it started; stays open, with the reason, when that failed.</summary>
public sealed partial class BackupNowDialog(ILogger<BackupNowDialog> log)
{
    private OptionsDraft _draft = new(new BackupSettings());
    private string? _problem;
    private bool _starting;

    [CascadingParameter]
    public required IMudDialogInstance Dialog { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<Guest> Guests { get; set; }

    [Parameter, EditorRequired]
    public required OptionContext Context { get; set; }

    /// <summary>Sentences about what could not be read.</summary>
    [Parameter]
    public IReadOnlyList<string> Unread { get; set; } = [];

    /// <summary>Names of options that are not offered.</summary>
    [Parameter]
    public IReadOnlyCollection<string> Absent { get; set; } = [];

    /// <summary>Starts the job for who looks at the page and gives the run's id.</summary>
    [Parameter, EditorRequired]
    public required Func<BackupJob, Task<Guid>> Start { get; set; }

    private BackupJob Job => new() { Selection = new GuestSelection.Ids([.. Guests.Select(guest => guest.Id)]), Settings = _draft.Settings };

    // Why there is nowhere to put an archive; null when there is.
    private string? NoPlace => (_draft.Settings.DumpFolder ?? (_draft.Settings.Storage is null ? Context.Conf.DumpFolder : null)) is not null ? null : Context.Storages switch
    {
        [] => "There is no storage for backups. Add one with content “backup” to storage.cfg.",
        var storages when storages.All(storage => storage.Problem is not null) => $"No storage can be used right now. {storages[0].Name}: {storages[0].Problem}",
        _ => Context.StorageOf(_draft.Settings)?.Problem,
    };

    private bool CanStart => !_starting && NoPlace is null && _draft.Problems.Count == 0;

    protected override void OnInitialized() => _draft = new OptionsDraft(Usual());

    // vzdump.conf's word holds where it says something. Nothing said, the choice is for who is in a hurry.
    private BackupSettings Usual()
    {
        var conf = Context.Conf;
        var usual = new BackupSettings
        {
            Compress = conf.Compress is null ? CompressionKind.Zstd : null,
            NotesTemplate = conf.NotesTemplate is null ? "{{guestname}}" : null,

            // Made by hand, it must not cost an older archive: removing is the jobs' business.
            Remove = false,
        };
        return conf.DumpFolder is null && Context.StorageOf(usual) is not { Problem: null } && Context.Storages.FirstOrDefault(storage => storage.Problem is null) is { } other
            ? usual with { Storage = other.Name }
            : usual;
    }

    private async Task StartAsync()
    {
        // Enter in a field comes with the field's last word, before the button could be switched off.
        if (!CanStart)
        {
            return;
        }

        _starting = true;
        _problem = null;
        try
        {
            Dialog.Close(await Start(Job));
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
