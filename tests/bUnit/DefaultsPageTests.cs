using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Audit;
using VzDump.Web.Conf;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class DefaultsPageTests : NodePage
{
    private const string Conf = "# kept for the auditors\nbwlimit: 5000\n#ionice: 3\nunheard-of: yes\n";

    [Fact]
    public async Task The_form_shows_what_the_file_says_and_what_is_built_in()
    {
        var (page, _) = await OpenAsync(Conf);
        Assert.Equal("5000", page.Find("#option-bwlimit").GetAttribute("value"));
        Assert.Contains("vzdump.conf", page.Find("[data-option=bwlimit] .option-origin").TextContent);
        Assert.Contains("instead of no limit (built-in)", page.Find("[data-option=bwlimit] .option-origin").TextContent);
        Assert.Contains("built-in", page.Find("[data-option=ionice] .option-origin").TextContent);
        Assert.Empty(page.FindAll("[data-testid=unsaved]"));
    }

    [Fact]
    public async Task Saving_shows_the_difference_first_and_comments_and_strange_lines_survive()
    {
        var (page, dialogs) = await OpenAsync(Conf);
        await ChooseAsync(page, "#option-bwlimit", "9000");
        await ChooseAsync(page, "#option-compress", "zstd");
        Assert.NotEmpty(page.FindAll("[data-testid=unsaved]"));
        await SubmitAsync(page);
        dialogs.WaitForElement("[data-testid=diff]", Patience);
        Assert.Contains("bwlimit: 5000", dialogs.Find(".diff-removed").TextContent);
        Assert.Equal(Conf, File.ReadAllText(Path.Combine(Folder, "vzdump.conf")));
        await AnswerAsync(dialogs, "Write the file");
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=unsaved]")), Patience);
        Assert.Equal("# kept for the auditors\nbwlimit: 9000\n#ionice: 3\nunheard-of: yes\ncompress: zstd\n", File.ReadAllText(Path.Combine(Folder, "vzdump.conf")));
        var entry = (await Services.GetRequiredService<AuditTrail>().ListAsync(0, 10, Cancellation))[0];
        Assert.Equal(("ada", "defaults changed"), (entry.Who, entry.What));
    }

    [Fact]
    public async Task Who_goes_on_editing_has_written_nothing()
    {
        var (page, dialogs) = await OpenAsync(Conf);
        await ChooseAsync(page, "#option-bwlimit", "9000");
        await SubmitAsync(page);
        dialogs.WaitForElement("[data-testid=diff]", Patience);
        await AnswerAsync(dialogs, "Go on editing");
        Assert.Equal(Conf, File.ReadAllText(Path.Combine(Folder, "vzdump.conf")));
        Assert.Equal("9000", page.Find("#option-bwlimit").GetAttribute("value"));
    }

    [Fact]
    public async Task The_raw_file_and_the_form_are_the_same_text()
    {
        var (page, _) = await OpenAsync(Conf);
        await ChooseAsync(page, "#option-bwlimit", "9000");
        await PressAsync(page, ".tab", 1);
        Assert.Contains("bwlimit: 9000", page.Find("#raw").GetAttribute("value"));
        await ChooseAsync(page, "#raw", Conf + "mode: stop\n");
        await PressAsync(page, ".tab", 0);
        Assert.Equal("stop", page.Find("#option-mode").GetAttribute("value"));
        Assert.Equal("5000", page.Find("#option-bwlimit").GetAttribute("value"));
    }

    [Fact]
    public async Task A_file_that_says_what_is_not_allowed_opens_as_a_file_names_the_line_and_is_not_saved_so()
    {
        var (page, _) = await OpenAsync("mode: snapshot\nionice: 99\n");
        Assert.Contains("line 2: '99' is not allowed for 'ionice'", page.Find(".problems").TextContent);
        Assert.NotNull(page.Find("#raw"));
        await ChooseAsync(page, "#raw", "mode: snapshot\nionice: 98\n");
        await SubmitAsync(page);
        Assert.Contains("'98' is not allowed", page.Find("[data-testid=save-problems]").TextContent);
        await ChooseAsync(page, "#raw", "mode: snapshot\n");
        Assert.Empty(page.FindAll(".problems"));
    }

    [Fact]
    public async Task What_the_engine_refuses_stands_beside_the_field_and_is_not_written()
    {
        var (page, _) = await OpenAsync(Conf);
        await ChooseAsync(page, "#option-ionice", "9");
        Assert.Contains("it takes a number from 0 to 8", page.Find("[data-option=ionice] [role=alert]").TextContent);
        await SubmitAsync(page);
        Assert.Contains("Not saved", page.Find("[data-testid=save-problems]").TextContent);
        Assert.Equal(Conf, File.ReadAllText(Path.Combine(Folder, "vzdump.conf")));
    }

    [Fact]
    public async Task A_change_that_somebody_else_made_meanwhile_is_never_lost()
    {
        var (page, dialogs) = await OpenAsync(Conf);
        await ChooseAsync(page, "#option-bwlimit", "9000");
        Write("vzdump.conf", "mode: stop\n");
        await SubmitAsync(page);
        dialogs.WaitForElement("[data-testid=diff]", Patience);
        await AnswerAsync(dialogs, "Write the file");
        page.WaitForAssertion(() => Assert.Contains("changed by somebody else", page.Find("[data-testid=save-problems]").TextContent), Patience);
        Assert.Equal("mode: stop\n", File.ReadAllText(Path.Combine(Folder, "vzdump.conf")));
        await PressAsync(page, "[data-testid=save-problems] button");
        page.WaitForAssertion(() => Assert.Equal("stop", page.Find("#option-mode").GetAttribute("value")), Patience);
    }

    [Fact]
    public async Task Without_the_file_everything_is_built_in_and_the_first_word_makes_it()
    {
        var (page, dialogs) = await OpenAsync(null);
        await ChooseAsync(page, "#option-mode", "stop");
        await SubmitAsync(page);
        dialogs.WaitForElement("[data-testid=diff]", Patience);
        await AnswerAsync(dialogs, "Write the file");
        page.WaitForAssertion(() => Assert.Equal("mode: stop\n", File.ReadAllText(Path.Combine(Folder, "vzdump.conf"))), Patience);
    }

    [Fact]
    public async Task Only_an_administrator_of_all_guests_writes_the_file()
    {
        await SignInAsync("otto", Role.Operator);
        var rights = await Services.GetRequiredService<Visitor>().RightsAsync(Cancellation);
        await Assert.ThrowsAsync<ProblemException>(() => Services.GetRequiredService<DefaultsFile>().WriteAsync(rights, "", "mode: stop\n", Cancellation));
        Assert.False(File.Exists(Path.Combine(Folder, "vzdump.conf")));
    }

    [Fact]
    public void A_difference_names_lines_that_came_and_went_in_their_order()
    {
        var lines = LineDiff.Between("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n");
        Assert.Equal(["Same a", "Removed b", "Added x", "Same c", "Same d", "Added e"], lines.Select(line => $"{line.Kind} {line.Text}"));
        Assert.Equal([1, 2, 2, 3, 4, 5], lines.Select(line => line.Number));
        Assert.Equal(3, LineDiff.Hunks(LineDiff.Between(string.Concat(Enumerable.Repeat("s\n", 50)), string.Concat(Enumerable.Repeat("s\n", 50)) + "new\n"), 1).Count);
    }

    private async Task<(IRenderedComponent<DefaultsPage> Page, IRenderedComponent<MudDialogProvider> Dialogs)> OpenAsync(string? conf)
    {
        if (conf is not null)
        {
            Write("vzdump.conf", conf);
        }

        Render<MudPopoverProvider>();
        var dialogs = Render<MudDialogProvider>();
        var page = Render<DefaultsPage>();
        await page.WaitForElementAsync(".editor", Patience);
        return (page, dialogs);
    }
}
