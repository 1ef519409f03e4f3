using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Web.Backups;

namespace VzDump.Tests.bUnit;

public sealed class BackupNowDialogTests : Page
{
    private BackupJob? _started;

    [Fact]
    public async Task The_usual_case_needs_one_press()
    {
        var (page, dialog) = await OpenAsync([Make.Storage("full", "It is full."), Make.Storage("local")]);
        page.Find("button[type=submit]").Click();
        Assert.NotNull(_started);
        Assert.Equal("local", _started.Settings.Storage);
        Assert.Equal(BackupMode.Snapshot, _started.Settings.Mode);
        Assert.Equal(CompressionKind.Zstd, _started.Settings.Compress);
        Assert.Equal([101], Assert.IsType<GuestSelection.Ids>(_started.Selection).Guests.Select(id => id.Value));
        Assert.False((await dialog.Result)!.Canceled);
    }

    [Fact]
    public async Task Without_a_usable_storage_it_says_so_and_cannot_start()
    {
        var (page, _) = await OpenAsync([Make.Storage("nas", "It is not mounted.")]);
        Assert.Contains("No storage can be used", page.Find("[role=alert]").TextContent);
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
    }

    [Fact]
    public async Task A_start_that_fails_gives_the_reason_and_keeps_the_form()
    {
        var (page, dialog) = await OpenAsync([Make.Storage()], new IOException("The disk is gone."));
        page.Find("button[type=submit]").Click();
        Assert.Contains("The disk is gone.", page.Find("[role=alert]").TextContent);
        Assert.False(dialog.Result.IsCompleted);
    }

    [Fact]
    public async Task A_number_out_of_range_is_told_beside_its_field_and_nothing_starts()
    {
        var (page, _) = await OpenAsync([Make.Storage()]);
        page.FindComponents<MudNumericField<int?>>().Single(field => field.Instance.Label!.StartsWith("I/O", StringComparison.Ordinal)).Find("input").Change("9");
        page.Find("button[type=submit]").Click();
        Assert.Contains("Give 0 to 8.", page.Markup);
        Assert.Null(_started);
    }

    [Fact]
    public void A_draft_leaves_unsaid_what_was_left_empty()
    {
        var settings = new BackupDraft { Storage = "a", NotesTemplate = " ", ExcludePaths = " \n" }.ToJob([Make.Id(101)]).Settings;
        Assert.Equal(new BackupSettings { Storage = "a", Mode = BackupMode.Snapshot, Compress = CompressionKind.Zstd, Remove = false }, settings);
    }

    [Fact]
    public void A_backup_by_hand_removes_older_archives_only_when_it_is_asked_to()
    {
        Assert.False(new BackupDraft { Storage = "a" }.ToJob([Make.Id(101)]).Settings.Remove);
        Assert.Null(new BackupDraft { Storage = "a", Remove = true }.ToJob([Make.Id(101)]).Settings.Remove);
    }

    [Fact]
    public void Each_line_of_excludes_is_a_path() =>
        Assert.Equal(["/tmp/?*", "cache"], new BackupDraft { ExcludePaths = "/tmp/?*\r\n\n cache " }.ToJob([]).Settings.ExcludePaths);

    private async Task<(IRenderedComponent<MudDialogProvider> Page, IDialogReference Dialog)> OpenAsync(IReadOnlyList<StorageState> storages, Exception? failure = null)
    {
        Render<MudPopoverProvider>();
        var page = Render<MudDialogProvider>();
        Task<Guid> Start(BackupJob job) => failure is null ? Task.FromResult(Begin(job)) : Task.FromException<Guid>(failure);
        var parameters = new DialogParameters<BackupNowDialog>
        {
            { dialog => dialog.Guests, [Make.Guest()] },
            { dialog => dialog.Storages, storages },
            { dialog => dialog.Start, Start },
        };
        var shown = await page.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync<BackupNowDialog>("Backup web", parameters));
        return (page, shown);
    }

    private Guid Begin(BackupJob job)
    {
        _started = job;
        return Guid.NewGuid();
    }
}
