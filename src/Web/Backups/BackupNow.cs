using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Web.OptionForms;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Backups;

/// <summary>Asks how guests are to be backed up, starts that, and leads to the run.</summary>
public sealed class BackupNow(IDialogService dialogs, OptionReading reading, RunDesk runs, Visitor visitor, NavigationManager navigation)
{
    private static readonly DialogOptions Options = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, CloseOnEscapeKey = true, CloseButton = true, BackdropClick = false };

    // A run by hand has its log and its archive's place, and is on this node.
    private static readonly string[] ForOtherPlaces = ["quiet", "stdout", "node"];

    public async Task AskAsync(IReadOnlyList<Guest> guests)
    {
        var problems = new List<string>();
        var rights = await visitor.RightsAsync(CancellationToken.None);
        var parameters = new DialogParameters<BackupNowDialog>
        {
            { dialog => dialog.Guests, guests },
            { dialog => dialog.Context, await reading.ReadAsync("this backup", problems, CancellationToken.None) },
            { dialog => dialog.Unread, problems },
            { dialog => dialog.Absent, [.. ForOtherPlaces, .. rights.AdministersNode ? [] : BackupPermission.AdministratorsOnly] },
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
