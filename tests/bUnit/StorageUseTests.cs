using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using VzDump.Engine.Storages;
using VzDump.Jobs.StorageUse;
using VzDump.Web.Overview;
using VzDump.Web.Storages;

namespace VzDump.Tests.bUnit;

public sealed class StorageUseTests : Page
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public StorageUseTests()
        : base(page => page.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new Noon())))
    {
    }

    [Theory]
    [InlineData(0.4, "full within a day, 23 November", true)]
    [InlineData(1, "full in about 1 day, 24 November", true)]
    [InlineData(12, "full in about 12 days, 5 December", true)]
    [InlineData(29, "full in about 4 weeks, 22 December", true)]
    [InlineData(35, "full in about 5 weeks, 28 December", false)]
    [InlineData(90, "full in about 3 months, 21 February 2027", false)]
    [InlineData(-1, "full", true)]
    public void The_day_when_it_is_full_is_said_in_words_and_marked_when_it_is_soon(double days, string words, bool soon)
    {
        var filling = Render<Filling>(with => with.Add(c => c.Forecast, new StorageForecast.FullAt(Now.AddDays(days)))).Find("[data-testid=filling]");
        Assert.Equal(words, filling.TextContent);
        Assert.Equal(soon, filling.ClassList.Contains("filling-soon"));
    }

    [Fact]
    public void What_does_not_grow_or_is_not_known_says_so()
    {
        Assert.Equal("not growing", Words(new StorageForecast.NotGrowing()));
        Assert.Equal("not full within two years", Words(new StorageForecast.NotSoon()));
        Assert.Equal("not enough data yet for a forecast", Words(new StorageForecast.Unknown()));
        Assert.Empty(Render<Filling>().Markup.Trim());
    }

    [Fact]
    public void The_use_of_each_storage_is_drawn_and_is_a_table_for_those_who_do_not_see_it()
    {
        var row = Row("local", new StorageTrend([new(Now.AddDays(-1), 1 << 30, 4L << 30), new(Now, 2L << 30, 4L << 30)], new StorageForecast.FullAt(Now.AddDays(35))));
        var charts = Render<UseCharts>(with => with.Add(c => c.Rows, [row, Row("new", null)]));

        Assert.Equal("local: 2 values from 1.00 GiB to 2.00 GiB, the last one 2.00 GiB of 4.00 GiB.", charts.Find("[data-use=local] svg").GetAttribute("aria-label"));
        Assert.Equal(["2026-11-23", "2.00 GiB", "4.00 GiB"], charts.FindAll("[data-use=local] tbody tr")[0].Children.Select(cell => cell.TextContent));
        Assert.Contains("28 December", charts.Find("[data-use=local]").TextContent);
        Assert.Contains("too few days", charts.Find("[data-use=new]").TextContent);
        Assert.Contains("not enough data yet", charts.Find("[data-use=new]").TextContent);
    }

    [Fact]
    public void The_overview_says_when_a_storage_is_full()
    {
        var use = Render<StorageUse>(with => with
            .Add(c => c.Storages, [Row("local", null).State])
            .Add(c => c.Trends, new Dictionary<string, StorageTrend> { ["local"] = new([], new StorageForecast.FullAt(Now.AddDays(12))) }));
        Assert.Equal("full in about 12 days, 5 December", use.Find(".use .filling-soon").TextContent);
    }

    private static StorageRow Row(string name, StorageTrend? trend) =>
        new(new StorageState(name, "dir", "/" + name, 2L << 30, 4L << 30, null) { UsedBytes = 2L << 30 }, 0, 0, 0, trend);

    private string Words(StorageForecast forecast) => Render<Filling>(with => with.Add(c => c.Forecast, forecast)).Find("[data-testid=filling]").TextContent;

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
