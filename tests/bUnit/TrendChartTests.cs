using Bunit;
using VzDump.Web.Guests;
using VzDump.Web.Shell;

namespace VzDump.Tests.bUnit;

public sealed class TrendChartTests : Page
{
    [Fact]
    public void A_trend_is_told_in_words_too()
    {
        var chart = Chart([new(Make.Now, 3 << 20), new(Make.Now.AddDays(-1), 1 << 20)]);
        Assert.Equal("Size: 2 values from 1.00 MiB to 3.00 MiB, the last one 3.00 MiB.", chart.Find("svg").GetAttribute("aria-label"));
        Assert.Equal(2, chart.FindAll(".trend-bar").Count);
    }

    [Fact]
    public void One_value_is_no_trend() => Assert.Contains("too few", Chart([new(Make.Now, 1)]).Markup);

    [Fact]
    public void Values_of_one_moment_or_of_nothing_are_drawn_all_the_same() => Assert.DoesNotContain("NaN", Chart([new(Make.Now, 0), new(Make.Now, 0)]).Markup);

    private IRenderedComponent<TrendChart> Chart(IReadOnlyList<TrendPoint> points) =>
        Render<TrendChart>(with => with.Add(c => c.Title, "Size").Add(c => c.Points, points).Add(c => c.Text, value => Words.Size(value)));
}
