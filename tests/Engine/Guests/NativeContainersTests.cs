using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Guests;

public sealed class NativeContainersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-natives-").FullName;
    private readonly NativeContainers _natives;

    public NativeContainersTests() => _natives = New();

    public void Dispose()
    {
        _natives.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_name_that_is_a_VMID_is_the_number_and_others_get_the_lowest_free_one_in_the_order_of_names() =>
        Assert.Equal(["205=205", "beta=101", "gamma=102"], await NumberAsync([Name("gamma"), Name("205"), Name("beta")], taken: ["100"]));

    [Fact]
    public async Task A_name_whose_number_is_taken_gets_another()
    {
        Assert.Equal(["205=100"], await NumberAsync([Name("205")], taken: ["205"]));
        // The same name below another folder is another container.
        Assert.Equal(["101", "100"], (await _natives.NumberAsync([Name("205"), new LxcName("/srv/lxc", "205")], Ids("205"), Cancellation)).OrderBy(pair => pair.Key.Folder).Select(pair => pair.Value.Id));
    }

    [Theory]
    [InlineData("99")]
    [InlineData("0")]
    [InlineData("-101")]
    [InlineData("1000000000")]
    [InlineData("99999999999999999999")]
    public async Task A_name_that_is_a_number_but_no_VMID_gets_one(string name) => Assert.Equal([$"{name}=100"], await NumberAsync([Name(name)]));

    [Fact]
    public async Task A_number_stays_for_ever_also_when_others_come_and_go_and_the_program_is_started_anew()
    {
        await NumberAsync([Name("beta"), Name("gamma")]);
        using var later = New();

        var numbers = await later.NumberAsync([Name("alpha"), Name("gamma")], Ids(), Cancellation);

        Assert.Equal("101", numbers[Name("gamma")].Id);
        Assert.Equal("102", numbers[Name("alpha")].Id); // beta is gone, but archives with its 100 may be there
    }

    [Fact]
    public async Task A_container_that_was_destroyed_gets_its_number_again_and_none_that_is_there_loses_its_own()
    {
        var name = new LxcName(_folder, "beta");
        var id = GuestId.Parse((await _natives.NumberAsync([name], Ids(), Cancellation))[name].Id);
        Assert.True(await _natives.HasAsync(name, id, Cancellation));
        await _natives.ReserveAsync(name, id, Cancellation);
        Assert.True(await _natives.HasAsync(name, id, Cancellation));

        // Another one of the same number, or the same one with another number: only while the first is not there.
        var other = new LxcName(_folder, "other");
        Directory.CreateDirectory(Path.Combine(_folder, "beta"));
        await Assert.ThrowsAsync<ProblemException>(() => _natives.ReserveAsync(other, id, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => _natives.ReserveAsync(name, GuestId.Parse("777"), Cancellation));
        await _natives.ReleaseAsync(name, GuestId.Parse("777"), Cancellation);
        Assert.True(await _natives.HasAsync(name, id, Cancellation));
        Directory.Delete(Path.Combine(_folder, "beta"));
        await _natives.ReserveAsync(other, id, Cancellation);
        Assert.False(await _natives.HasAsync(name, id, Cancellation));
        await _natives.ReleaseAsync(other, id, Cancellation);
        Assert.False(await _natives.HasAsync(other, id, Cancellation));
    }

    [Fact]
    public async Task Nothing_is_written_when_nothing_is_new()
    {
        await NumberAsync([Name("beta")]);
        var file = Path.Combine(_folder, "lxc-native.cfg");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        await NumberAsync([Name("beta")]);

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public async Task A_container_that_a_hand_wrote_twice_has_its_first_number()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "lxc-native.cfg"), "lxc: 300\n\tfolder /var/lib/lxc\n\tname beta\n\nlxc: 200\n\tfolder /var/lib/lxc\n\tname beta\n", Cancellation);

        Assert.Equal(["beta=300"], await NumberAsync([Name("beta")]));
    }

    [Fact]
    public async Task A_lock_is_kept_with_the_number_and_refuses_a_second_one()
    {
        await NumberAsync([Name("beta"), Name("gamma")]);
        var beta = new Guest { Id = GuestId.Parse("100"), Kind = GuestKind.Lxc, Name = "beta", ConfigPath = "", LxcPath = "/var/lib/lxc" };

        await _natives.LockAsync(beta, Cancellation);

        Assert.Equal("backup", await _natives.FindLockAsync(beta, Cancellation));
        Assert.Null(await _natives.FindLockAsync(beta with { Id = GuestId.Parse("101") }, Cancellation));
        Assert.Contains("is locked (backup)", (await Assert.ThrowsAsync<ProblemException>(() => _natives.LockAsync(beta, Cancellation))).Message, StringComparison.Ordinal);
        await _natives.UnlockAsync(beta, Cancellation);
        Assert.Null(await _natives.FindLockAsync(beta, Cancellation));
        Assert.Equal(["beta=100", "gamma=101"], await NumberAsync([Name("beta"), Name("gamma")]));
    }

    [Fact]
    public async Task Names_of_every_kind_keep_their_numbers()
    {
        string[] names = [" web", "web ", "web", "a\nb", "a\tb", "50%20", "é", "#x", "x: y"];
        var numbers = await _natives.NumberAsync([.. names.Select(Name)], Ids(), Cancellation);
        using var later = New();

        var again = await later.NumberAsync([.. names.Reverse().Select(Name)], Ids(), Cancellation);

        Assert.Equal(names.Length, numbers.Values.Select(section => section.Id).Distinct().Count());
        Assert.All(names, name => Assert.Equal(numbers[Name(name)].Id, again[Name(name)].Id));
    }

    [Theory]
    [InlineData("lxc: web\n\tfolder /var/lib/lxc\n\tname beta\n", "line 1: 'web' is no VMID")]
    [InlineData("# mine\nlxc: 100\n\tname alpha\n\nlxc: 99\n\tname beta\n", "line 5: '99' is no VMID")]
    [InlineData("lxc: 0100\n\tname alpha\n", "line 1: '0100' is no VMID")]
    public async Task A_number_that_a_hand_wrote_and_that_is_no_VMID_is_told_with_its_line_and_the_file_stays(string text, string problem)
    {
        var file = Path.Combine(_folder, "lxc-native.cfg");
        await File.WriteAllTextAsync(file, text, Cancellation);

        var said = await Assert.ThrowsAsync<ProblemException>(() => NumberAsync([Name("beta"), Name("new")]));

        Assert.Contains($"{file}, {problem}", said.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(file, Cancellation));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static LxcName Name(string name) => new("/var/lib/lxc", name);

    private static HashSet<GuestId> Ids(params string[] ids) => [.. ids.Select(id => GuestId.Parse(id))];

    private NativeContainers New() => new(new NodePaths(Options.Create(new EngineOptions { DataFolder = _folder, ProxmoxFolder = Path.Combine(_folder, "none") })));

    private async Task<IEnumerable<string>> NumberAsync(LxcName[] names, params string[] taken) =>
        (await _natives.NumberAsync(names, Ids(taken), Cancellation)).Select(pair => $"{pair.Key.Name}={pair.Value.Id}").Order(StringComparer.Ordinal);
}
