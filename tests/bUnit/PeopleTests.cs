using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Audit;
using VzDump.Web.Audit;
using VzDump.Web.People;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class PeopleTests : Page
{
    [Fact]
    public void A_person_is_shown_with_role_guests_and_what_keeps_them_out()
    {
        Render<MudPopoverProvider>();
        var table = Render<PeopleTable>(with => with.Add(t => t.People,
        [
            new PersonRow("1", "ada", Role.Administrator, null, false, true, 2, false),
            new PersonRow("2", "bert", Role.Operator, "101, pool:web", true, false, 0, false),
            new PersonRow("3", "carl", Role.Viewer, null, false, false, 0, true),
        ]));
        Assert.Contains("Administrator", table.Find("[data-person=ada]").TextContent, StringComparison.Ordinal);
        Assert.Contains("all", table.Find("[data-person=ada]").TextContent, StringComparison.Ordinal);
        Assert.Contains("disabled", table.Find("[data-person=bert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("101, pool:web", table.Find("[data-person=bert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("rests", table.Find("[data-person=carl]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_with_some_guests_needs_guests_that_can_be_read()
    {
        PersonDraft? saved = null;
        var page = await OpenAsync(draft =>
        {
            saved = draft;
            return Task.CompletedTask;
        });
        page.Find("input[type=text]").Change("bert");
        page.FindAll("input[name=guests]")[1].Change(true);
        page.FindAll("input[type=text]")[1].Change("101, web");
        page.Find("button[type=submit]").Click();
        Assert.Contains("'web' is neither a VMID nor 'pool:' with a name.", page.Markup, StringComparison.Ordinal);
        Assert.Null(saved);

        page.FindAll("input[type=text]")[1].Change("101, pool:web");
        page.Find("button[type=submit]").Click();
        Assert.Equal(("bert", Role.Viewer, "101, pool:web"), (saved!.Name, saved.Role, saved.Limits));
    }

    [Fact]
    public async Task What_cannot_be_saved_says_why_and_keeps_the_form()
    {
        var page = await OpenAsync(_ => throw new ProblemException("The name is taken."));
        page.Find("input[type=text]").Change("ada");
        page.Find("button[type=submit]").Click();
        Assert.Contains("The name is taken.", page.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_show_owner_scope_and_age_and_an_expired_one_is_marked()
    {
        TokenRow? removed = null;
        var table = Render<TokenTable>(with => with.Add(t => t.Tokens,
        [
            new TokenRow(Guid.NewGuid(), "report", "ada", true, Role.Viewer, Make.Now, Make.Now.AddDays(30), null, false),
            new TokenRow(Guid.NewGuid(), "old", "bert", false, Role.Operator, Make.Now, Make.Now, Make.Now, true),
        ]).Add(t => t.Remove, token => removed = token));
        var rows = table.FindAll("[data-testid=token-row]");
        Assert.Contains("you", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("never", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("bert", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("expired", rows[1].TextContent, StringComparison.Ordinal);
        rows[1].QuerySelector("button")!.Click();
        Assert.Equal("old", removed!.Name);
    }

    [Fact]
    public void Without_tokens_it_says_what_they_are_for() =>
        Assert.Contains("Make one for each program", Render<TokenTable>(with => with.Add(t => t.Tokens, [])).Markup, StringComparison.Ordinal);

    [Fact]
    public void The_audit_shows_who_did_what_and_tells_an_empty_one_from_a_filtered_one()
    {
        var table = Render<AuditTable>(with => with.Add(t => t.Entries, [new AuditEntry(Make.Now, "ada (token ci)", "run started", "vzdump 101", "run 1")]));
        foreach (var words in (string[])["ada (token ci)", "run started", "vzdump 101", "run 1", "2026-08-22 12:00:00"])
        {
            Assert.Contains(words, table.Find("[data-testid=audit-row]").TextContent, StringComparison.Ordinal);
        }

        Assert.Contains("Nothing has happened yet", Render<AuditTable>(with => with.Add(t => t.Entries, [])).Markup, StringComparison.Ordinal);
        Assert.Contains("No entry fits", Render<AuditTable>(with => with.Add(t => t.Entries, []).Add(t => t.IsFiltered, true)).Markup, StringComparison.Ordinal);
    }

    private async Task<IRenderedComponent<MudDialogProvider>> OpenAsync(Func<PersonDraft, Task> save)
    {
        Render<MudPopoverProvider>();
        var page = Render<MudDialogProvider>();
        var parameters = new DialogParameters<PersonDialog> { { dialog => dialog.Save, save } };
        await page.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync<PersonDialog>("Add", parameters));
        return page;
    }
}
