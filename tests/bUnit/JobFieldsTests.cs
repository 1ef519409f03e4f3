using Bunit;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;
using VzDump.Engine.Retention;
using VzDump.Web.OptionForms;
using VzDump.Web.SavedJobs;

namespace VzDump.Tests.bUnit;

public sealed class JobFieldsTests : Page
{
    private static readonly NodeGuests Node = new(
        [Make.Guest(100, "mail", GuestKind.Qemu), Make.Guest(101), Make.Guest(102, "shop")],
        [new RemoteGuest(Make.Id(200), GuestKind.Lxc, "pve2")],
        new Dictionary<string, Pool>(StringComparer.Ordinal) { ["customers"] = new("customers", "", [Make.Id(101), Make.Id(102), Make.Id(200)], []) },
        []);

    [Theory]
    [InlineData("mon..fri 21:00", "At 21:00, Monday to Friday")]
    [InlineData("22", "At minute 22 of every hour")]
    public void A_schedule_is_said_in_words_with_its_next_five_times(string spec, string words)
    {
        var field = Render<ScheduleField>(with => with.Add(f => f.Value, spec));
        Assert.StartsWith(words, field.Find("[data-testid=schedule-meaning]").TextContent);
        Assert.Equal(5, field.FindAll(".next-runs li").Count);
    }

    [Fact]
    public void A_schedule_that_never_comes_is_refused_while_it_is_typed()
    {
        string? typed = null;
        var field = Render<ScheduleField>(with => with.Add(f => f.Value, "").Add(f => f.ValueChanged, value => typed = value));
        field.Find("input").Input("*-2-30 03:00");
        field.Render(with => with.Add(f => f.Value, typed));
        Assert.NotEmpty(field.Find("[role=alert]").TextContent);
        Assert.Empty(field.FindAll(".next-runs"));
    }

    [Fact]
    public void Without_a_schedule_nothing_is_wrong() => Assert.Empty(Render<ScheduleField>(with => with.Add(f => f.Value, "")).FindAll("[role=alert]"));

    [Fact]
    public void Ticks_are_the_guests_that_a_run_would_back_up()
    {
        var draft = new SelectionDraft(new GuestSelection.All([Make.Id(100)]));
        var field = Selection(draft);
        Assert.Equal(["101", "102"], Ticked(field));
        Assert.Contains("2 guests are backed up", field.Find("[data-testid=meaning]").TextContent);
        field.Find("[data-pick='101'] input").Change(false);
        Assert.Equal(["102"], Ticked(field));
        Assert.Equal([100, 101], Assert.IsType<GuestSelection.All>(draft.ToSelection()).Except.Select(id => id.Value));
    }

    [Fact]
    public void A_pool_means_its_members_here_and_names_those_elsewhere()
    {
        var draft = new SelectionDraft(new GuestSelection.Ids([]));
        var field = Selection(draft);
        field.FindAll("input[type=radio]")[2].Change(true);
        Assert.Contains("Choose a pool", field.Find("[data-testid=meaning]").TextContent);
        field.Find("select").Change("customers");
        Assert.Equal(["101", "102", "200"], Ticked(field));
        Assert.Contains("200 (pve2) skipped", field.Find("[data-testid=meaning]").TextContent);
        field.Find("[data-pick='101'] input").Change(false);
        var pool = Assert.IsType<GuestSelection.Pool>(draft.ToSelection());
        Assert.Equal(("customers", 101), (pool.Name, Assert.Single(pool.Except).Value));
    }

    [Fact]
    public void A_typed_vmid_that_no_guest_has_is_said_to_fail()
    {
        var draft = new SelectionDraft(new GuestSelection.Ids([Make.Id(101)]));
        var field = Selection(draft);
        field.Find("input.number-field").Change("0102, 999");
        Assert.Equal([101, 102, 999], Assert.IsType<GuestSelection.Ids>(draft.ToSelection()).Guests.Select(id => id.Value));
        Assert.Contains("no guest has 999: it fails", field.Find("[data-testid=meaning]").TextContent);
        field.Find("input.number-field").Change("12x");
        Assert.Contains("strange VM ID '12x'", field.Find("[role=alert]").TextContent);
    }

    [Fact]
    public void Guests_are_found_by_name_without_losing_ticks()
    {
        var draft = new SelectionDraft(new GuestSelection.Ids([Make.Id(101)]));
        var field = Selection(draft);
        field.Find("input[type=search]").Input("shop");
        Assert.Single(field.FindAll("[data-pick]"));
        field.Find("[data-pick='102'] input").Change(true);
        Assert.Equal([101, 102], draft.Named.Select(id => id.Value));
    }

    [Fact]
    public void The_preview_of_a_retention_tells_what_goes_why_and_what_it_frees()
    {
        var archives = new[] { Make.Archive(101, TimeSpan.FromHours(1), size: 1 << 20), Make.Archive(101, TimeSpan.FromDays(2), size: 2 << 20), Make.Archive(102, size: 4 << 20), Make.Archive(101, TimeSpan.FromDays(3), kept: true) };
        var view = RetentionView.Of(archives, [Make.Guest(101)], new BackupSettings { Storage = "local", Prune = new KeepPolicy { Last = 1 } }, Context(), TimeZoneInfo.Utc);
        var preview = Render<RetentionPreview>(with => with.Add(p => p.View, view));
        Assert.Contains("Of 3 archives of these guests on 'local', 1 would go and free 2.00 MiB", preview.Find(".meaning").TextContent);
        var rows = preview.FindAll("[data-testid=prune-mark]").Select(row => row.TextContent).ToList();
        Assert.Contains("last 1 of 1", rows[0]);
        Assert.Contains("no rule keeps it", rows[1]);
        Assert.Contains("protected", rows[2]);
    }

    [Theory]
    [InlineData("keep-all=1", null, "all archives are kept")]
    [InlineData("keep-last=1", false, "switched off")]
    [InlineData("keep-last=9", null, "All 1 archive of these guests")]
    public void A_retention_that_removes_nothing_says_so(string keep, bool? remove, string words)
    {
        var view = RetentionView.Of([Make.Archive()], [Make.Guest()], new BackupSettings { Storage = "local", Prune = KeepPolicy.TryParse(keep), Remove = remove }, Context(), TimeZoneInfo.Utc);
        Assert.Contains(words, Render<RetentionPreview>(with => with.Add(p => p.View, view)).Find(".meaning").TextContent);
        Assert.Empty(remove is null && keep != "keep-all=1" ? [] : Render<RetentionPreview>(with => with.Add(p => p.View, view)).FindAll("[data-testid=prune-mark]"));
    }

    [Fact]
    public void The_storages_retention_holds_where_the_job_says_nothing()
    {
        var context = new OptionContext { Conf = new BackupSettings(), Own = "this job", Storages = [Make.Storage() with { Prune = new KeepPolicy { Last = 1 } }] };
        var view = RetentionView.Of([Make.Archive(), Make.Archive(age: TimeSpan.FromDays(1))], [Make.Guest()], new BackupSettings(), context, TimeZoneInfo.Utc);
        Assert.Single(view.Removals);
    }

    [Fact]
    public void The_command_that_does_the_same_can_be_copied()
    {
        var line = Render<CommandLine>(with => with.Add(c => c.Job, new BackupJob { Selection = new GuestSelection.Ids([Make.Id(101)]), Settings = new BackupSettings { ExcludePaths = ["/a b"] } }));
        Assert.Equal("vzdump 101 --exclude-path '/a b'", line.Find("pre").TextContent);
        line.Find("button").Click();
        Assert.Equal("vzdump 101 --exclude-path '/a b'", Assert.Single(JSInterop.Invocations["vzdump.copy"]).Arguments[0]);
    }

    private static OptionContext Context() => new() { Conf = new BackupSettings(), Storages = [Make.Storage()], Own = "this job" };

    private IRenderedComponent<SelectionField> Selection(SelectionDraft draft) => Render<SelectionField>(with => with.Add(f => f.Draft, draft).Add(f => f.Node, Node));

    private static IEnumerable<string?> Ticked(IRenderedComponent<SelectionField> field) =>
        field.FindAll("[data-pick]").Where(row => row.QuerySelector("input")!.HasAttribute("checked")).Select(row => row.GetAttribute("data-pick"));
}
