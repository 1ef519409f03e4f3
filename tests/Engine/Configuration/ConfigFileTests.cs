using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Configuration;

namespace VzDump.Tests.Engine.Configuration;

public sealed class ConfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-config-").FullName;

    private string File1 => Path.Combine(_folder, "jobs.cfg");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_change_that_somebody_else_made_meanwhile_is_never_lost()
    {
        await File.WriteAllTextAsync(File1, "a: 1\n", Cancellation);
        var file = await ConfigFile.ReadAsync(File1, Cancellation);
        await File.WriteAllTextAsync(File1, "a: 2\n", Cancellation);

        var problem = await Assert.ThrowsAsync<ProblemException>(() => file.WriteAsync("a: 3\n", Cancellation));

        Assert.Contains("changed by somebody else", problem.Message, StringComparison.Ordinal);
        Assert.Equal("a: 2\n", await File.ReadAllTextAsync(File1, Cancellation));
        Assert.Null(await file.TryWriteAsync("a: 3\n", Cancellation));
        Assert.NotNull(await (await ConfigFile.ReadAsync(File1, Cancellation)).TryWriteAsync("a: 3\n", Cancellation));
        Assert.Equal([File1], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_file_that_was_not_there_is_made_unless_it_is_there_now_and_one_that_is_gone_stays_gone()
    {
        var none = await ConfigFile.ReadAsync(File1, Cancellation);
        Assert.False(none.Exists);
        var made = await none.WriteAsync("a: 1\n", Cancellation);

        await Assert.ThrowsAsync<ProblemException>(() => none.WriteAsync("a: 2\n", Cancellation));
        Assert.Equal("a: 1\n", await File.ReadAllTextAsync(File1, Cancellation));
        File.Delete(File1);
        await Assert.ThrowsAsync<ProblemException>(() => made.WriteAsync("a: 2\n", Cancellation));
        Assert.False(File.Exists(File1));
    }

    [Fact]
    public async Task A_link_stays_a_link_and_the_mode_of_a_file_stays()
    {
        var target = Path.Combine(_folder, "target");
        await File.WriteAllTextAsync(target, "a: 1\n", Cancellation);
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(File1, "target");

        await (await ConfigFile.ReadAsync(File1, Cancellation)).WriteAsync("a: 2\n", Cancellation);

        Assert.Equal("target", new FileInfo(File1).LinkTarget);
        Assert.Equal("a: 2\n", await File.ReadAllTextAsync(target, Cancellation));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(target));
    }

    [Fact]
    public async Task Bytes_that_are_text_survive_whatever_they_are()
    {
        var text = $"\ufeffa: 1\r\nb:\u0001\u0000x\n{new string('x', 1024 * 1024)}: é漢😀\nno end";
        await File.WriteAllBytesAsync(File1, System.Text.Encoding.UTF8.GetBytes(text), Cancellation);

        var file = await ConfigFile.ReadAsync(File1, Cancellation);
        await file.WriteAsync(KeyedLines.Parse(file.Text).With("c", "2").ToString(), Cancellation);

        var written = await File.ReadAllBytesAsync(File1, Cancellation);
        Assert.True(written.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(text + "\nc: 2\r\n")));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xff, 0xfe }, "line 2", "not UTF-8")]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "line 1", "damaged")]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', (byte)'\n', 0, 0 }, "line 3", "damaged")]
    public async Task What_is_no_text_is_refused_with_file_and_line(byte[] bytes, string line, string problem)
    {
        await File.WriteAllBytesAsync(File1, bytes, Cancellation);

        var said = (await Assert.ThrowsAsync<ProblemException>(() => ConfigFile.ReadAsync(File1, Cancellation))).Message;

        Assert.Contains($"{File1}, {line}", said, StringComparison.Ordinal);
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_configuration_is_refused_with_a_sentence()
    {
        await using (var large = File.Create(File1))
        {
            large.SetLength(4 * 1024 * 1024 + 1);
        }

        Assert.Contains("4 MiB", (await Assert.ThrowsAsync<ProblemException>(() => ConfigFile.ReadAsync(File1, Cancellation))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<ProblemException>(() => ConfigFile.ReadAsync(_folder, Cancellation))).Message, StringComparison.Ordinal);
        File.Delete(File1);
        File.CreateSymbolicLink(File1, "jobs.cfg");
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<ProblemException>(() => ConfigFile.ReadAsync(File1, Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_gone_is_told_and_nothing_is_made()
    {
        var file = await ConfigFile.ReadAsync(Path.Combine(_folder, "gone", "jobs.cfg"), Cancellation);

        Assert.Contains("cannot be written", (await Assert.ThrowsAsync<ProblemException>(() => file.WriteAsync("x", Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_made_one_after_the_other()
    {
        var files = Files(TimeProvider.System, proxmox: "none");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => files.ChangeAsync(File1, text => $"{text}{number}\n", Cancellation)));

        Assert.Equal(20, (await File.ReadAllLinesAsync(File1, Cancellation)).Distinct().Count());
    }

    [Fact]
    public async Task A_file_of_the_cluster_is_changed_under_Proxmox_VEs_lock_and_a_foreign_holder_is_told()
    {
        var cluster = Path.Combine(_folder, "pve");
        var held = Path.Combine(cluster, "priv", "lock", "file-ha_resources_cfg");
        Directory.CreateDirectory(held);
        Directory.CreateDirectory(Path.Combine(cluster, "ha"));
        var time = new FakeTimeProvider();
        var files = Files(time, proxmox: "pve");
        var path = Path.Combine(cluster, "ha", "resources.cfg");

        var waiting = files.ChangeAsync(path, text => text + "vm: 101\n", Cancellation);
        while (!waiting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var problem = await Assert.ThrowsAsync<ProblemException>(() => waiting);
        Assert.Contains(held, problem.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
        Directory.Delete(held);
        await files.ChangeAsync(path, text => { Assert.True(Directory.Exists(held)); return text + "vm: 101\n"; }, Cancellation);
        Assert.False(Directory.Exists(held));
        Assert.Equal("vm: 101\n", await File.ReadAllTextAsync(path, Cancellation));
    }

    private ConfigFiles Files(TimeProvider time, string proxmox) =>
        new(new NodePaths(Options.Create(new EngineOptions { DataFolder = _folder, ProxmoxFolder = Path.Combine(_folder, proxmox) })), time);
}
