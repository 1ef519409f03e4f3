using VzDump.Engine.Archives;
using VzDump.Engine.Retention;

namespace VzDump.Tests.Engine.Retention;

public sealed class PrunerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vzdump-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_archive_goes_with_its_log_and_notes()
    {
        foreach (var day in (string[])["01", "02"])
        {
            Touch($"vzdump-lxc-101-2026_08_{day}-03_00_00.tar.zst");
            Touch($"vzdump-lxc-101-2026_08_{day}-03_00_00.tar.zst.notes");
            Touch($"vzdump-lxc-101-2026_08_{day}-03_00_00.log");
        }

        Touch("vzdump-lxc-102-2026_08_01-03_00_00.tar.zst");
        var removed = new List<string>();

        Assert.Empty(Pruner.Apply(Plan(), archive => removed.Add(archive.Name), TestContext.Current.CancellationToken));

        Assert.Equal(["vzdump-lxc-101-2026_08_01-03_00_00.tar.zst"], removed);
        Assert.Equal(
            ["vzdump-lxc-101-2026_08_02-03_00_00.log", "vzdump-lxc-101-2026_08_02-03_00_00.tar.zst", "vzdump-lxc-101-2026_08_02-03_00_00.tar.zst.notes", "vzdump-lxc-102-2026_08_01-03_00_00.tar.zst"],
            _folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_archive_that_was_protected_after_the_plan_was_made_stays_and_the_others_go()
    {
        foreach (var day in (string[])["01", "02", "03"])
        {
            Touch($"vzdump-lxc-101-2026_08_{day}-03_00_00.tar");
        }

        var plan = Plan();
        Touch("vzdump-lxc-101-2026_08_01-03_00_00.tar.protected");
        File.Delete(Path.Combine(_folder.FullName, "vzdump-lxc-101-2026_08_02-03_00_00.tar")); // gone already: fine

        var failure = Assert.Single(Pruner.Apply(plan, _ => { }, TestContext.Current.CancellationToken));

        Assert.Contains("is protected", failure, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "vzdump-lxc-101-2026_08_01-03_00_00.tar")));
    }

    [Fact]
    public void Of_many_archives_those_that_can_go_are_told_oldest_first_and_those_that_cannot_with_their_reason()
    {
        var names = Enumerable.Range(0, 700).Select(hour => $"vzdump-lxc-101-{new DateTime(2026, 1, 1).AddHours(hour):yyyy_MM_dd-HH_mm_ss}").ToList();
        names.ForEach(name => Touch(name + ".tar"));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, names[300] + ".log"));
        var removed = new List<string>();

        var failure = Assert.Single(Pruner.Apply(Plan(), archive => removed.Add(archive.Name), TestContext.Current.CancellationToken));

        Assert.Contains(names[300], failure, StringComparison.Ordinal);
        Assert.Equal(names.Where((_, index) => index is not 300 and < 699).Select(name => name + ".tar"), removed);
        Assert.Equal([names[699] + ".tar"], _folder.GetFiles().Select(file => file.Name));
    }

    [Fact]
    public void A_cancelled_pruning_has_told_of_all_that_is_gone()
    {
        Enumerable.Range(0, 700).ToList().ForEach(hour => Touch($"vzdump-lxc-101-{new DateTime(2026, 1, 1).AddHours(hour):yyyy_MM_dd-HH_mm_ss}.tar"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var removed = new HashSet<string>(StringComparer.Ordinal);

        Assert.ThrowsAny<OperationCanceledException>(() => Pruner.Apply(
            Plan(),
            archive =>
            {
                removed.Add(archive.Name);
                stop.Cancel();
            },
            stop.Token));

        Assert.InRange(removed.Count, 1, 698);
        Assert.Equal(700 - removed.Count, _folder.GetFiles().Length);
        Assert.All(removed, name => Assert.False(File.Exists(Path.Combine(_folder.FullName, name))));
    }

    private PrunePlan Plan() => PrunePlan.For(ArchiveFolder.List("local", _folder.FullName, TimeZoneInfo.Utc), new KeepPolicy { Last = 1 }, TimeZoneInfo.Utc);

    private void Touch(string name) => File.WriteAllText(Path.Combine(_folder.FullName, name), "x");
}
