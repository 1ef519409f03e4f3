using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Web.Backups;
using VzDump.Web.OptionForms;

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
        Assert.Equal(new BackupSettings { Compress = CompressionKind.Zstd, NotesTemplate = "{{guestname}}", Remove = false }, _started.Settings);
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
        page.Find("#option-ionice").Change("9");
        Assert.NotEmpty(page.Find("[data-option=ionice] .field-problem").TextContent);
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
        page.Find("form").Submit(); // as Enter in a field does
        Assert.Null(_started);
        page.Find("#option-ionice").Change("8");
        page.Find("button[type=submit]").Click();
        Assert.Equal(8, _started!.Settings.IoNice);
    }

    [Fact]
    public async Task Every_option_of_a_job_is_offered_but_those_that_are_not_for_who_asks()
    {
        var (page, _) = await OpenAsync([Make.Storage()], absent: ["script", "quiet", "stdout"]);
        Assert.Equal(
            VzdumpOptions.OfSettings.Select(option => option.Name).Except(["script", "quiet", "stdout"]).Order(StringComparer.Ordinal),
            page.FindAll("[data-option]").Select(field => field.GetAttribute("data-option")!).Order(StringComparer.Ordinal));
        Assert.Empty(page.FindAll("[data-group='For the command line']"));
    }

    [Fact]
    public async Task What_vzdump_conf_says_holds_and_is_not_said_again()
    {
        var (page, _) = await OpenAsync(
            [Make.Storage("local"), Make.Storage("nas")], conf: new BackupSettings { Storage = "nas", Compress = CompressionKind.Gzip, NotesTemplate = "of {{node}}", Mode = BackupMode.Stop });
        page.Find("button[type=submit]").Click();
        Assert.Equal(new BackupSettings { Remove = false }, _started!.Settings);
    }

    [Fact]
    public async Task A_storage_of_vzdump_conf_that_cannot_be_used_gives_way_to_one_that_can()
    {
        var (page, _) = await OpenAsync([Make.Storage("nas", "It is not mounted."), Make.Storage("usb")], conf: new BackupSettings { Storage = "nas" });
        Assert.Equal("usb", page.Find("#option-storage").GetAttribute("value"));
        page.Find("#option-storage").Change("nas");
        Assert.Contains("It is not mounted.", page.Find("[role=alert]").TextContent);
        Assert.True(page.Find("button[type=submit]").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Older_archives_are_removed_only_when_that_is_asked_for()
    {
        var (page, _) = await OpenAsync([Make.Storage()]);
        page.Find("#option-remove").Change("1");
        page.Find("button[type=submit]").Click();
        Assert.True(_started!.Settings.Remove);
    }

    [Fact]
    public async Task The_same_stands_there_as_a_command()
    {
        var (page, _) = await OpenAsync([Make.Storage("local")]);
        page.Find("#option-mode").Change("stop");
        Assert.StartsWith("vzdump 101 ", page.Find("[data-testid=command-line]").TextContent, StringComparison.Ordinal);
        Assert.Contains("--mode stop", page.Find("[data-testid=command-line]").TextContent, StringComparison.Ordinal);
    }

    private async Task<(IRenderedComponent<MudDialogProvider> Page, IDialogReference Dialog)> OpenAsync(
        IReadOnlyList<StorageState> storages, Exception? failure = null, BackupSettings? conf = null, IReadOnlyCollection<string>? absent = null)
    {
        Render<MudPopoverProvider>();
        var page = Render<MudDialogProvider>();
        Task<Guid> Start(BackupJob job) => failure is null ? Task.FromResult(Begin(job)) : Task.FromException<Guid>(failure);
        var parameters = new DialogParameters<BackupNowDialog>
        {
            { dialog => dialog.Guests, [Make.Guest()] },
            { dialog => dialog.Context, new OptionContext { Conf = conf ?? new BackupSettings(), Storages = storages, Own = "this backup" } },
            { dialog => dialog.Absent, absent ?? [] },
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
