using Bunit;
using VzDump.Jobs.Runs;
using VzDump.Web.Runs;
using VzDump.Web.Shell;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Tests.bUnit;

public sealed class LogViewTests : Page
{
    private static readonly RunLogLine[] Lines =
        [Make.Line(1, "starting"), Make.Line(2, "slow disk", LogLevel.Warn, 101), Make.Line(3, "broken", LogLevel.Error, 102), Make.Line(4, "fine", guest: 101)];

    [Fact]
    public void Every_line_is_shown_with_its_level()
    {
        var lines = Log(LogFilter.Everything).FindAll("[data-testid=log-line]");
        Assert.Equal(4, lines.Count);
        Assert.Contains("log-error", lines[2].ClassName);
        Assert.Contains("log-warn", lines[1].ClassName);
    }

    [Fact]
    public void A_guests_tab_shows_its_lines_and_those_of_the_run() =>
        Assert.Equal(["1", "2", "4"], Numbers(Log(LogFilter.Parse("101", null, null))));

    [Fact]
    public void A_level_shows_that_and_worse() => Assert.Equal(["2", "3"], Numbers(Log(LogFilter.Parse(null, "warn", null))));

    [Fact]
    public void Text_is_found_whatever_its_case_and_no_line_is_hidden()
    {
        var log = Log(LogFilter.Parse(null, null, "SLOW"));
        Assert.Equal(["1", "2", "3", "4"], Numbers(log));
        Assert.Equal("1 of 1", log.Find("[data-testid=log-found]").TextContent);
        Assert.Equal("slow", log.Find("mark").TextContent);
        Assert.Equal("2", log.Find(".log-current").GetAttribute("data-line"));
    }

    [Fact]
    public void Matches_are_walked_through_both_ways_and_around_the_end()
    {
        var log = Log(LogFilter.Everything);
        log.Find("input[type=search]").Input("in");
        Assert.Equal("1 of 2", log.Find("[data-testid=log-found]").TextContent);
        log.Find("input[type=search]").KeyDown("Enter");
        Assert.Equal(("2 of 2", "4"), (log.Find("[data-testid=log-found]").TextContent, log.Find(".log-current").GetAttribute("data-line")));
        log.Find("[aria-label='Next match']").Click();
        Assert.Equal("1 of 2", log.Find("[data-testid=log-found]").TextContent);
        log.Find("[aria-label='Previous match']").Click();
        Assert.Equal("2 of 2", log.Find("[data-testid=log-found]").TextContent);
        log.Find("input[type=search]").Input("nowhere");
        Assert.Equal("none", log.Find("[data-testid=log-found]").TextContent);
    }

    [Fact]
    public void The_first_error_can_be_jumped_to_where_there_is_one()
    {
        Assert.Contains("First error", Log(LogFilter.Everything).Markup);
        Assert.DoesNotContain("First error", Log(LogFilter.Parse("101", null, null)).Markup);
    }

    [Fact]
    public void Each_line_has_a_link_and_the_one_that_is_pointed_to_is_marked()
    {
        var log = Log(LogFilter.Parse(null, null, null, "3"));
        Assert.EndsWith("?line=2", log.FindAll(".log-number")[1].GetAttribute("href"));
        Assert.Equal("3", log.Find(".log-current").GetAttribute("data-line"));
    }

    [Fact]
    public void Progress_of_a_guest_is_one_line_until_all_is_wanted()
    {
        RunLogLine[] lines = [Make.Line(1, "start", guest: 101), Make.Line(2, "  1% (1 of 9) in 1s", guest: 101), Make.Line(3, " 50% (5 of 9) in 2s", guest: 101), Make.Line(4, "100% (9 of 9) in 3s", guest: 101), Make.Line(5, "end", guest: 101)];
        var log = Render<LogView>(with => with.Add(l => l.Lines, lines));
        Assert.Equal(["1", "4", "5"], Numbers(log));
        Assert.Equal("+2", log.Find(".log-more").TextContent);
        log.Find(".log-more").Click();
        Assert.Equal(["1", "2", "3", "4", "5"], Numbers(log));
    }

    [Fact]
    public void A_link_to_a_line_within_collapsed_progress_shows_it()
    {
        RunLogLine[] lines = [Make.Line(1, "  1% (1 of 9) in 1s", guest: 101), Make.Line(2, " 50% (5 of 9) in 2s", guest: 101), Make.Line(3, "100% (9 of 9) in 3s", guest: 101)];
        Assert.Equal("2", Render<LogView>(with => with.Add(l => l.Lines, lines).Add(l => l.Filter, LogFilter.Parse(null, null, null, "2"))).Find(".log-current").GetAttribute("data-line"));
    }

    [Fact]
    public void What_comes_to_a_long_log_is_looked_at_once_and_nothing_is_lost()
    {
        var lines = Enumerable.Range(1, 100_000).Select(number => Make.Line(number, $"line {number}", number % 1000 == 0 ? LogLevel.Error : LogLevel.Info)).ToList();
        var rows = new LogRows();
        var filter = LogFilter.Parse(null, null, "LINE 9999");
        rows.Update(lines[..1000].ToList(), filter, collapses: true);
        rows.Update(lines, filter, collapses: true);
        lines.Add(Make.Line(100_001, "line 99991"));
        rows.Update(lines, filter, collapses: true);
        Assert.Equal(100_001, rows.Rows.Count);
        Assert.Equal(999, rows.FirstError);
        Assert.Equal(12, rows.Matches.Count); // 9999, 99990 to 99999, and the one that came
        Assert.Equal(49_999, rows.IndexOf(50_000));
        Assert.Null(rows.IndexOf(100_002));
    }

    [Fact]
    public void A_filter_that_hides_everything_says_so() => Assert.Equal(
        "No line fits the filter.",
        Render<LogView>(with => with.Add(l => l.Lines, [Make.Line(1)]).Add(l => l.Filter, LogFilter.Parse(null, "error", null))).Find("[data-testid=log-empty]").TextContent);

    [Fact]
    public void A_run_without_lines_promises_some_only_while_it_works()
    {
        Assert.Contains("comes soon", Render<LogView>(with => with.Add(l => l.Lines, []).Add(l => l.IsWorking, true)).Markup);
        Assert.Contains("There is no log", Render<LogView>(with => with.Add(l => l.Lines, [])).Markup);
    }

    [Fact]
    public void Choosing_a_level_asks_for_that_filter_and_changes_nothing_else()
    {
        LogFilter? asked = null;
        var log = Render<LogView>(with => with.Add(l => l.Lines, Lines).Add(l => l.Filter, LogFilter.Parse("101", null, "x")).Add(l => l.FilterChanged, filter => asked = filter));
        log.Find("select").Change("Error");
        Assert.Equal(LogFilter.Parse("101", "error", "x"), asked);
    }

    [Fact]
    public void Times_are_of_the_viewers_zone()
    {
        var log = Render<LogView>(with => with.Add(l => l.Lines, Lines).AddCascadingValue(Viewer.From("Asia/Tokyo", null)));
        Assert.Equal("21:00:00", log.Find("[data-testid=log-line] time").TextContent);
    }

    [Fact]
    public void As_text_a_line_has_its_time_and_level() =>
        Assert.Equal("2026-08-22 12:00:00 WARN: slow disk\n", RunLogText.Of([Lines[1]], Viewer.Unknown));

    private IRenderedComponent<LogView> Log(LogFilter filter) => Render<LogView>(with => with
        .Add(l => l.Lines, Lines).Add(l => l.Filter, filter).Add(l => l.Tasks, [Make.Task(101), Make.Task(102)]));

    private static IEnumerable<string?> Numbers(IRenderedComponent<LogView> log) => log.FindAll("[data-testid=log-line]").Select(line => line.GetAttribute("data-line"));
}
