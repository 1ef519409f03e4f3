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
    public void Text_is_found_whatever_its_case() => Assert.Equal(["2"], Numbers(Log(LogFilter.Parse(null, null, "SLOW"))));

    [Fact]
    public void A_filter_that_hides_everything_says_so() =>
        Assert.Equal("No line fits the filter.", Log(LogFilter.Parse(null, null, "nowhere")).Find("[data-testid=log-empty]").TextContent);

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
