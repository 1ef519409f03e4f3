using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class RightsTests
{
    private static readonly Rights Everything = new() { Who = "ada", Person = "1", Role = Role.Administrator };
    private static readonly Rights OfWeb = new() { Who = "bert", Person = "2", Role = Role.Operator, Guests = new HashSet<GuestId> { Make.Id(101) } };

    [Fact]
    public void Limits_are_VMIDs_and_pools_in_any_order_and_are_written_back_the_same()
    {
        Assert.True(GuestLimits.TryParse("pool:web; 102 101,102", out var limits, out _));
        Assert.Equal("101, 102, pool:web", limits.ToString());
        Assert.False(GuestLimits.TryParse("101, 7", out _, out var strange));
        Assert.Equal("7", strange);
        Assert.False(GuestLimits.TryParse(" , ", out _, out _));
        Assert.False(GuestLimits.TryParse(string.Join(',', Enumerable.Repeat("101", 2000)), out _, out _));
    }

    [Fact]
    public void Nobody_may_nothing_and_sees_nothing()
    {
        Assert.False(Rights.None.May(Role.Viewer));
        Assert.False(Rights.None.Sees(Make.Id(101)));
        Assert.False(Rights.None.SeesAll);
        Assert.Null(Rights.None.See(Make.Run(RunState.Succeeded, Make.Task())));
    }

    [Fact]
    public void An_administrator_of_some_guests_does_not_administer_the_node()
    {
        var rights = OfWeb with { Role = Role.Administrator };
        Assert.True(rights.May(Role.Administrator, Make.Id(101)));
        Assert.False(rights.AdministersNode);
        Assert.True(Everything.AdministersNode);
    }

    [Fact]
    public void Of_a_run_about_others_guests_too_only_ones_own_are_shown_and_lines_about_them()
    {
        var run = Make.Run(RunState.Failed, Make.Task(101, RunTaskState.Done), Make.Task(102, RunTaskState.Failed, error: "secret of 102")) with { Error = "102 failed" };
        var update = new RunUpdate(run, [Make.Line(1, "INFO: vzdump 101 102"), Make.Line(2, "of 101", guest: 101), Make.Line(3, "of 102", guest: 102)]);

        var seen = OfWeb.See(update)!;

        Assert.Equal([101], seen.Run.Tasks.Select(task => task.Guest.Value));
        Assert.Null(seen.Run.Error);
        Assert.Equal([2L], seen.NewLines.Select(line => line.Number));
        Assert.Same(update, Everything.See(update));
        Assert.False(OfWeb.SeesWhole(run));
    }

    [Fact]
    public void A_run_of_others_guests_alone_is_not_shown_at_all()
    {
        Assert.Null(OfWeb.See(Make.Run(RunState.Succeeded, Make.Task(102))));
        Assert.Null(OfWeb.See(Make.Run(RunState.Queued) with { Job = new BackupJob { Selection = new GuestSelection.All([]) } }));
    }

    [Fact]
    public void A_run_of_ones_own_guests_is_shown_whole()
    {
        var run = Make.Run(RunState.Running, Make.Task(101));
        Assert.Same(run, OfWeb.See(run));
        Assert.True(OfWeb.SeesWhole(run));
    }

    [Fact]
    public void An_operator_may_not_have_programs_run_folders_written_or_archives_removed_as_root()
    {
        var job = new BackupJob
        {
            Selection = new GuestSelection.Ids([Make.Id(101)]),
            Settings = new BackupSettings { Script = "/bin/sh", DumpFolder = "/etc", TemporaryFolder = "/etc", StopRunning = true, Prune = KeepPolicy.FromMaxFiles(1), Stdout = true },
        };
        Assert.Equal(["dumpdir", "prune-backups", "script", "stdout", "stop", "tmpdir"], BackupPermission.Problems(OfWeb, job).Select(problem => problem.Field).Order(StringComparer.Ordinal));
        Assert.Empty(BackupPermission.Problems(Everything, job));
        Assert.NotEmpty(BackupPermission.Problems(OfWeb with { Role = Role.Administrator }, job));
    }

    [Fact]
    public void A_guest_of_others_may_not_be_named() =>
        Assert.Contains("102", Assert.Single(BackupPermission.Problems(OfWeb, new BackupJob { Selection = new GuestSelection.Ids([Make.Id(101), Make.Id(102)]) })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1234567890, "005924")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_RFC_6238(long second, string code) =>
        // Its key, "12345678901234567890", in Base32; its codes' last six digits.
        Assert.Equal(code, AuthenticatorCodes.CodeOf("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", second / 30));

    [Fact]
    public void No_token_is_like_another_and_its_hash_does_not_hold_it()
    {
        var text = ApiToken.NewText();
        Assert.StartsWith(ApiToken.Mark, text, StringComparison.Ordinal);
        Assert.Equal(44, text.Length);
        Assert.NotEqual(text, ApiToken.NewText());
        Assert.Equal(64, ApiToken.HashOf(text).Length);
    }
}
