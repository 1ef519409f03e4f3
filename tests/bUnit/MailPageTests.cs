using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Mail;
using VzDump.Web.Mail;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class MailPageTests : NodePage
{
    private MailSettings Settings => Services.GetRequiredService<MailSettings>();

    [Fact]
    public async Task What_is_saved_holds_instead_of_the_configuration_until_it_is_taken_back()
    {
        var dialogs = Render<MudDialogProvider>();
        var page = await OpenAsync();
        Assert.Contains("From the section Mail", page.Markup);
        await UseServerAsync(page);
        Assert.NotEmpty(page.FindAll("[data-testid=unsaved]"));
        await SubmitAsync(page);
        page.WaitForAssertion(() => Assert.Contains("Set here", page.Markup), Patience);
        var now = await Settings.ReadAsync(Cancellation);
        Assert.Equal((true, "mail.example.org", "backup", "geheim!"), (now.IsSetHere, now.Options.Server, now.Options.User, now.Options.Password));
        Assert.DoesNotContain("geheim!", page.Markup, StringComparison.Ordinal);
        Assert.Equal(("ada", "setting changed", "mail"), (await Services.GetRequiredService<AuditTrail>().ListAsync(0, 1, Cancellation)).Select(entry => (entry.Who, entry.What, entry.Subject)).Single());
        var asked = page.Find(".link-button").ClickAsync(new());
        await AnswerAsync(dialogs, "Delete it");
        await asked;
        page.WaitForAssertion(() => Assert.Contains("From the section Mail", page.Markup), Patience);
        Assert.False((await Settings.ReadAsync(Cancellation)).IsSetHere);
    }

    [Fact]
    public async Task A_password_is_kept_for_its_own_server_and_user_only()
    {
        await Settings.SaveAsync(new MailOptions { Server = "mail.example.org", User = "backup", Password = "geheim!" }, "ada", Cancellation);
        var page = await OpenAsync();
        await ChooseAsync(page, "#mail-from", "vzdump@example.org");
        await SubmitAsync(page);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=unsaved]")), Patience);
        Assert.Equal("geheim!", (await Settings.ReadAsync(Cancellation)).Options.Password);
        await ChooseAsync(page, "#mail-server", "elsewhere.example.org");
        await SubmitAsync(page);
        page.WaitForAssertion(() => Assert.Contains("Type the password for this server", page.Find("[data-testid=save-problems]").TextContent), Patience);
        Assert.Equal("mail.example.org", (await Settings.ReadAsync(Cancellation)).Options.Server);
    }

    [Theory]
    [InlineData("#mail-port", "many", "no number of a port")]
    [InlineData("#mail-port", "70000", "Port")]
    [InlineData("#mail-from", "a@b.c, d@e.f", "no mail address")]
    [InlineData("#mail-dashboard", "backup", "no address")]
    [InlineData("#mail-security", "None", "in the clear")]
    public async Task What_cannot_be_is_told_beside_its_field_and_nothing_is_saved(string field, string typed, string told)
    {
        var page = await OpenAsync();
        await UseServerAsync(page);
        await ChooseAsync(page, field, typed);
        await SubmitAsync(page);
        page.WaitForAssertion(() => Assert.Contains(told, page.Find(".field-problem").TextContent), Patience);
        Assert.False((await Settings.ReadAsync(Cancellation)).IsSetHere);
    }

    [Fact]
    public async Task A_test_mail_that_does_not_go_out_says_why()
    {
        var page = await OpenAsync();
        await ChooseAsync(page, "#mail-sendmail", "no-such-sendmail");
        await ChooseAsync(page, "#mail-to", "not an address");
        await page.Find("button.mud-button-outlined").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Contains("no mail address", page.Find("[data-testid=tried]").TextContent), Patience);
        await ChooseAsync(page, "#mail-to", "ada@example.org");
        await page.Find("button.mud-button-outlined").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Contains("no program 'no-such-sendmail'", page.Find("[data-testid=tried]").TextContent), Patience);
    }

    [Theory]
    [InlineData(Role.Operator, null)]
    [InlineData(Role.Administrator, "101")]
    public async Task Others_are_refused_by_the_desk(Role role, string? guests)
    {
        await SignInAsync("eve", role, guests);
        var rights = await Services.GetRequiredService<Visitor>().RightsAsync(Cancellation);
        var desk = Services.GetRequiredService<MailDesk>();
        await Assert.ThrowsAsync<ProblemException>(() => desk.ReadAsync(rights, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.SaveAsync(rights, new MailDraft(), Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.TryAsync(rights, new MailDraft(), "a@b.c", Cancellation));
        await Assert.ThrowsAsync<ProblemException>(async () => await desk.ResetAsync(rights, Cancellation));
    }

    private async Task<IRenderedComponent<MailPage>> OpenAsync()
    {
        var page = Render<MailPage>();
        await page.WaitForElementAsync("form", Patience);
        return page;
    }

    private static async Task UseServerAsync(IRenderedComponent<MailPage> page)
    {
        await page.FindAll("input[type=radio]")[1].ChangeAsync(new() { Value = "on" });
        await ChooseAsync(page, "#mail-server", "mail.example.org");
        await ChooseAsync(page, "#mail-user", "backup");
        await ChooseAsync(page, "#mail-password", "geheim!");
    }
}
