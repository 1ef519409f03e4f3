using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Backups;

/// <summary>Asks how guests are to be backed up, starts that, and leads to the run.</summary>
public sealed class BackupNow(IDialogService dialogs, StorageInventory storages, RunDesk runs, Visitor visitor, NavigationManager navigation)
{
    private static readonly DialogOptions Options = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, CloseButton = true, BackdropClick = false };

    public async Task AskAsync(IReadOnlyList<Guest> guests)
    {
        var parameters = new DialogParameters<BackupNowDialog>
        {
            { dialog => dialog.Guests, guests },
            { dialog => dialog.Storages, await storages.ListAsync(CancellationToken.None) },
            { dialog => dialog.Start, (Func<BackupJob, Task<Guid>>)StartAsync },
        };
        var asked = await dialogs.ShowAsync<BackupNowDialog>(guests is [var only] ? $"Backup {only.Name}" : $"Backup {guests.Count} guests", parameters, Options);
        if (await asked.Result is { Canceled: false, Data: Guid run })
        {
            navigation.NavigateTo($"/runs/{run}");
        }
    }

    private async Task<Guid> StartAsync(BackupJob job) => await runs.StartAsync(await visitor.RightsAsync(CancellationToken.None), job, CancellationToken.None);
}
