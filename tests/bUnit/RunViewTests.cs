using Bunit;
using VzDump.Engine.Backups;
using VzDump.Jobs.Runs;
using VzDump.Web.Runs;

namespace VzDump.Tests.bUnit;

public sealed class RunViewTests : Page
{
    [Fact]
    public void A_run_that_waits_says_what_for_and_can_be_stopped()
    {
        var stopped = false;
        var view = Render<RunView>(with => with.Add(v => v.Run, Make.Run(RunState.Queued)).Add(v => v.MayAct, true).Add(v => v.Stop, (StopKind kind) => stopped = kind is StopKind.Now));
        Assert.Equal("waiting", view.Find("[data-testid=run-state]").TextContent.Trim());
        Assert.Contains("Waiting for its turn", view.Markup);
        view.Find("button").Click();
        Assert.True(stopped);
    }

    [Fact]
    public void A_working_run_shows_bytes_speed_and_what_is_left_of_each_guest()
    {
        const long MiB = 1 << 20;
        var view = Render<RunView>(with => with.Add(v => v.Run, Make.Run(RunState.Running, Make.Task(progress: new BackupProgress(100 * MiB, 400 * MiB, 10 * MiB, 50 * MiB)))));
        var text = view.Find("[data-testid=task]").TextContent;
        Assert.Contains("25%", text);
        Assert.Contains("100 MiB of 400 MiB", text);
        Assert.Contains("10.0 MiB/s", text);
        Assert.Contains("30 s left", text);
    }

    [Fact]
    public void A_container_that_is_archived_shows_how_many_files_and_which()
    {
        var view = Render<RunView>(with => with.Add(v => v.Run, Make.Run(RunState.Running, Make.Task(progress: new BackupProgress(1, 4, 1, 1) { DoneFiles = 1200, TotalFiles = 4096, Path = "var/lib/<b>odd" }))));
        Assert.Contains("1200 of 4096 files", view.Find("[data-testid=task]").TextContent);
        Assert.Equal("var/lib/<b>odd", view.Find("[data-testid=current-path]").TextContent);
    }

    [Fact]
    public void A_run_that_is_being_stopped_cannot_be_stopped_twice()
    {
        var view = Render<RunView>(with => with.Add(v => v.Run, Make.Run() with { CancelledBy = "bert" }).Add(v => v.MayAct, true));
        Assert.True(view.Find("button").HasAttribute("disabled"));
        Assert.Contains("bert", view.Markup);
    }

    [Fact]
    public void A_run_with_more_guests_to_come_can_be_ended_after_this_one_and_then_still_be_stopped()
    {
        var asked = new List<StopKind>();
        var run = Make.Run(RunState.Running, Make.Task(state: RunTaskState.Running), Make.Task(102, RunTaskState.Todo));
        var view = Render<RunView>(with => with.Add(v => v.Run, run).Add(v => v.MayAct, true).Add(v => v.Stop, (StopKind kind) => asked.Add(kind)));
        view.FindAll("button")[0].Click();
        view.Render(with => with.Add(v => v.Run, run with { CancelledBy = "bert", Stopping = StopKind.AfterThisGuest }).Add(v => v.MayAct, true));
        Assert.Contains("to end after this guest, asked by", view.Markup);
        view.Find("button").Click();
        Assert.Equal([StopKind.AfterThisGuest, StopKind.Now], asked);
    }

    [Theory]
    [InlineData(RunState.Failed, "Back up the missing guests")]
    [InlineData(RunState.Interrupted, "Back up the missing guests")]
    [InlineData(RunState.Succeeded, null)]
    public void A_run_that_left_guests_without_an_archive_can_be_repeated(RunState state, string? button)
    {
        var repeated = false;
        var run = Make.Run(state, Make.Task(state: RunTaskState.Done), Make.Task(102, state is RunState.Succeeded ? RunTaskState.Done : RunTaskState.Failed));
        var view = Render<RunView>(with => with.Add(v => v.Run, run).Add(v => v.MayAct, true).Add(v => v.Retry, () => repeated = true));
        Assert.Equal(button, view.FindAll("button").SingleOrDefault()?.TextContent.Trim());
        view.FindAll("button").SingleOrDefault()?.Click();
        Assert.Equal(button is not null, repeated);
        view.Render(with => with.Add(v => v.Run, run).Add(v => v.MayAct, false));
        Assert.Empty(view.FindAll("button"));
    }

    [Fact]
    public void A_failed_guest_gives_its_reason_and_no_archive()
    {
        var view = Render<RunView>(with => with.Add(v => v.Run, Make.Run(RunState.Failed, Make.Task(state: RunTaskState.Failed, error: "no space left") with { FinishedAt = Make.Now }) with { Error = "job errors" }));
        Assert.Contains("no space left", view.Find("[data-testid=task] .reason").TextContent);
        Assert.Equal("1 of 1 guest has no archive.", view.Find("[role=alert]").TextContent);
        Assert.Empty(view.FindAll("a.path"));
        Assert.Empty(view.FindAll("button"));
    }

    [Fact]
    public void A_run_that_could_not_begin_gives_its_own_reason() =>
        Assert.Equal("The storage is gone.", Render<RunView>(with => with.Add(v => v.Run, Make.Run(RunState.Failed) with { Error = "The storage is gone." })).Find("[role=alert]").TextContent);

    [Fact]
    public void A_finished_guest_leads_to_its_archive()
    {
        var done = Make.Task(state: RunTaskState.Done) with { ArchivePath = "/dump/vzdump-lxc-101-a.tar.zst", ArchiveSize = 2048, FinishedAt = Make.Now.AddSeconds(90) };
        var view = Render<RunView>(with => with.Add(v => v.Run, Make.Run(RunState.Succeeded, done)));
        Assert.Equal("/archives?find=vzdump-lxc-101-a.tar.zst", view.Find("a.path").GetAttribute("href"));
        Assert.Contains("1 min 30 s", view.Find("[data-testid=task]").TextContent);
        Assert.Equal("succeeded", view.Find("[data-testid=run-state]").TextContent.Trim());
    }

    [Fact]
    public void No_runs_at_all_say_how_to_start_one() =>
        Assert.Contains("/guests", Render<RunTable>(with => with.Add(t => t.Runs, [])).Find("a").GetAttribute("href"));

    [Fact]
    public void A_list_of_runs_shows_each_with_state_person_and_way()
    {
        var run = Make.Run(RunState.Interrupted);
        var row = Render<RunTable>(with => with.Add(t => t.Runs, [run])).Find("[data-testid=run-row]");
        Assert.Contains("interrupted", row.TextContent);
        Assert.Contains("anna", row.TextContent);
        Assert.Equal($"/runs/{run.Id}", row.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public void Who_may_not_stop_a_run_has_no_button_for_it() =>
        Assert.Empty(Render<RunView>(with => with.Add(v => v.Run, Make.Run())).FindAll("button"));
}
