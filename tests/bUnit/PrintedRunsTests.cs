using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Web.Runs;
using VzDump.Web.Shortcuts;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class PrintedRunsTests : NodePage
{
    private static readonly Rights All = new() { Who = "ada", Role = Role.Viewer };

    [Fact]
    public async Task Somebody_is_printed_no_more_of_a_run_than_its_page_shows_him()
    {
        var id = await Services.GetRequiredService<RunDesk>().StartAsync(All with { Role = Role.Administrator }, new BackupJob { Selection = new GuestSelection.Ids([Make.Id(101), Make.Id(100)]), Settings = new BackupSettings() }, Cancellation);

        var whole = await PrintAsync(id, All);
        Assert.True(whole!.ShowsOptions);
        Assert.Contains("vzdump 100 101", whole.Told.CommandLine, StringComparison.Ordinal);
        Assert.Null(await PrintAsync(id, Rights.None));
        Assert.Null(await PrintAsync(id, All with { Who = "bert", Guests = new HashSet<GuestId> { Make.Id(102) } }));
        Assert.Null(await PrintAsync(Guid.NewGuid(), All));
    }

    [Fact]
    public void Only_the_keys_of_pages_that_he_may_see_are_told()
    {
        Assert.Equal("ograjsdpmu", Keys(All with { Role = Role.Administrator }));
        Assert.Equal("ograjs", Keys(All));
        Assert.Equal("ogra", Keys(All with { Role = Role.Administrator, Guests = new HashSet<GuestId>() }));
        Assert.Equal("", Keys(Rights.None));
    }

    private static string Keys(Rights rights) => string.Concat(Shortcut.For(rights).Select(shortcut => shortcut.Key));

    private Task<PrintedRun?> PrintAsync(Guid id, Rights rights) => Services.GetRequiredService<PrintedRuns>().FindAsync(_ => Task.FromResult(rights), id, Cancellation);
}
