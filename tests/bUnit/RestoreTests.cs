using Bunit;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Web.Archives;
using VzDump.Web.Restores;
using VzDump.Web.Runs;

namespace VzDump.Tests.bUnit;

public sealed class RestoreTests : Page
{
    [Fact]
    public void The_same_vmid_is_offered_when_it_is_free_and_else_the_next_free_one_as_a_copy()
    {
        var same = RestoreDraft.For(Make.Id(101), [Make.Id(100)], Make.Id(102));
        Assert.Equal(("101", false), (same.Target, same.Unique));
        var copy = RestoreDraft.For(Make.Id(101), [Make.Id(101)], Make.Id(102));
        Assert.Equal(("102", true, false), (copy.Target, copy.Unique, copy.Replace));
        Assert.Equal("102", RestoreDraft.For(null, [], Make.Id(102)).Target);
    }

    [Fact]
    public void Every_choice_goes_into_the_request_and_what_is_empty_stays_as_it_was()
    {
        var plain = new RestoreDraft { Target = "105" }.ToRequest("/a.tar", null);
        Assert.Equal(new RestoreRequest { ArchivePath = "/a.tar", Target = Make.Id(105), StorageOf = plain.StorageOf }, plain);
        var draft = new RestoreDraft
        {
            Target = " 105 ",
            Replace = true,
            Storage = "fast",
            Unique = true,
            StartAfter = true,
            BandwidthLimitKiB = 7,
            Unprivileged = true,
            Name = " web-2 ",
            Memory = 512,
            Cores = 2,
        };
        draft.StorageOf["mp0"] = "slow";
        draft.StorageOf["rootfs"] = "";
        var all = draft.ToRequest("/a.tar", Make.Guest(105, "web"));
        Assert.True(all is { Replace: true, ReplacedName: "web", Storage: "fast", Unique: true, StartAfter: true, Unprivileged: true, Name: "web-2", Memory: 512, Cores: 2 });
        Assert.Equal(7 * 1024, all.BandwidthLimit.BytesPerSecond);
        Assert.Equal([("mp0", "slow")], all.StorageOf.Select(chosen => (chosen.Key, chosen.Value)));
    }

    [Theory]
    [InlineData("99")]
    [InlineData("web")]
    [InlineData("")]
    public void What_is_no_vmid_is_said(string target) => Assert.Contains("VMID", new RestoreDraft { Target = target }.Problem);

    [Fact]
    public void A_new_guest_is_restored_without_typing_anything()
    {
        var started = false;
        var summary = Render<RestoreSummary>(with => with.Add(s => s.Plan, Plan()).Add(s => s.Start, () => started = true));
        Assert.Contains("local:105/vm-105-disk-0.raw", summary.Markup);
        summary.Find("button").Click();
        Assert.True(started);
    }

    [Fact]
    public void Replacing_a_guest_says_what_is_lost_and_wants_its_name_typed()
    {
        var plan = Plan() with { Replaces = Make.Guest(105, "mail"), Removes = [new OldVolume("scsi0", "local:105/vm-105-disk-9.raw", "/x", VolumeForm.RawImage)] };
        var summary = Render<RestoreSummary>(with => with.Add(s => s.Plan, plan).Add(s => s.TypedName, "mai"));
        Assert.Contains("local:105/vm-105-disk-9.raw", summary.Markup);
        Assert.True(summary.Find("button").HasAttribute("disabled"));
        summary.Render(with => with.Add(s => s.TypedName, "mail"));
        Assert.False(summary.Find("button").HasAttribute("disabled"));
        Assert.Contains("Replace mail", summary.Find("button").TextContent);
    }

    [Fact]
    public void A_running_guest_can_be_shut_down_from_there()
    {
        Guest? asked = null;
        var summary = Render<RestoreSummary>(with => with.Add(s => s.Problem, "web (101) is running.").Add(s => s.Running, Make.Guest()).Add(s => s.ShutDown, guest => asked = guest));
        Assert.Contains("web (101) is running.", summary.Find("[role=alert]").TextContent);
        summary.Find("button").Click();
        Assert.Equal(101, asked!.Id.Value);
    }

    [Fact]
    public void What_will_not_be_as_it_was_is_said_before() =>
        Assert.Contains("is left out", Render<RestoreSummary>(with => with.Add(s => s.Plan, Plan() with { Warnings = ["The line is left out"] })).Find(".problems").TextContent);

    [Fact]
    public void The_row_of_an_archive_tells_how_its_last_check_ended()
    {
        var (sound, damaged, never) = (Make.Archive(101), Make.Archive(102), Make.Archive(103));
        var checks = new Dictionary<string, CheckedArchive>
        {
            [sound.Path] = new(Guid.NewGuid(), Make.Now, null),
            [damaged.Path] = new(Guid.NewGuid(), Make.Now, "It cannot be read to its end."),
        };
        var table = Render<ArchiveTable>(with => with.Add(t => t.Archives, [sound, damaged, never]).Add(t => t.Checks, checks));
        var told = table.FindAll("[data-testid=verified]").Select(cell => cell.TextContent.Trim()).ToList();
        Assert.StartsWith("sound", told[0]);
        Assert.StartsWith("damaged", told[1]);
        Assert.Equal("not yet", told[2]);
        Assert.Equal("It cannot be read to its end.", table.FindAll("[data-testid=verified] a")[1].GetAttribute("title"));
    }

    [Fact]
    public void A_run_says_whether_it_restores_or_checks()
    {
        var restore = Make.Run(RunState.Failed, Make.Task(state: RunTaskState.Failed, error: "full")) with { Work = new RunWork.Restore(new RestoreRequest { ArchivePath = "/a.tar", Target = Make.Id(101), Replace = true }), Error = "full" };
        Assert.Equal("Restore of guest 101 web", restore.Title);
        Assert.Equal("full", restore.Complaint);
        Assert.Equal("Check of vzdump-lxc-101-2026_08_22-03_00_00.tar", (Make.Run() with { Work = new RunWork.Verify("/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar") }).Title);
        Assert.DoesNotContain("archive was made", Render<TaskCard>(with => with.Add(c => c.Task, restore.Tasks[0]).Add(c => c.Work, restore.Work)).Markup);
    }

    private static RestorePlan Plan() => new()
    {
        Request = new RestoreRequest { ArchivePath = "/a.vma", Target = Make.Id(105) },
        Kind = GuestKind.Qemu,
        Name = "web",
        Config = "",
        ConfigPath = "/etc/pve/qemu-server/105.conf",
        Volumes = [new NewVolume("scsi0", "local:105/vm-105-disk-0.raw", "/x", VolumeForm.RawImage, 1 << 30)],
    };
}
