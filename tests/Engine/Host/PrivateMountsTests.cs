using System.Diagnostics;
using VzDump.Engine;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

public sealed class PrivateMountsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
    private readonly HostPrograms _programs = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_mounted_is_seen_inside_only_and_is_gone_with_its_loop_device_afterwards()
    {
        Assert.SkipUnless(HostUser.IsRoot, "only root may mount");
        var image = await ImageAsync();
        await using (var mounts = await PrivateMounts.OpenAsync(_programs, Cancellation))
        {
            await mounts.MountAsync(image, PrivateMounts.Root, "ext4", "ro,loop", Cancellation);

            Assert.Contains("lost+found", await mounts.RunAsync(new HostCommand("ls", PrivateMounts.Root), Cancellation), StringComparison.Ordinal);
            Assert.False(Directory.Exists(PrivateMounts.Root));
            Assert.DoesNotContain(MountTable.Read(), mount => mount.Folder.StartsWith("/run/vzdump-web", StringComparison.Ordinal));
            Assert.Contains(image, await LoopsAsync(), StringComparison.Ordinal);
        }

        await UntilAsync(async () => !(await LoopsAsync()).Contains(image, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_at_a_time_do_not_see_each_other()
    {
        Assert.SkipUnless(HostUser.IsRoot, "only root may mount");
        var (one, two) = (Directory.CreateDirectory(Path.Combine(_folder, "one")).FullName, Directory.CreateDirectory(Path.Combine(_folder, "two")).FullName);
        await File.WriteAllTextAsync(Path.Combine(one, "first"), "", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(two, "second"), "", Cancellation);
        await using var first = await PrivateMounts.OpenAsync(_programs, Cancellation);
        await using var second = await PrivateMounts.OpenAsync(_programs, Cancellation);

        await first.MountAsync(one, PrivateMounts.Root, null, "bind,ro", Cancellation);
        await second.MountAsync(two, PrivateMounts.Root, null, "bind,ro", Cancellation);

        Assert.Equal("first\n", await first.RunAsync(new HostCommand("ls", PrivateMounts.Root), Cancellation));
        Assert.Equal("second\n", await second.RunAsync(new HostCommand("ls", PrivateMounts.Root), Cancellation));
    }

    [Fact]
    public async Task A_program_keeps_its_exit_code_and_a_mount_that_fails_says_why()
    {
        Assert.SkipUnless(HostUser.IsRoot, "only root may mount");
        await using var mounts = await PrivateMounts.OpenAsync(_programs, Cancellation);

        Assert.Equal(7, (await _programs.RunAsync(mounts.Enter(new HostCommand("sh", "-c", "exit 7")), Cancellation)).Exit.Code);
        Assert.Equal(137, (await _programs.RunAsync(mounts.Enter(new HostCommand("sh", "-c", "kill -KILL $$")), Cancellation)).Exit.Code);
        Assert.Contains("does not exist", (await Assert.ThrowsAsync<ProblemException>(() => mounts.MountAsync(Path.Combine(_folder, "none"), PrivateMounts.Root, null, "bind", Cancellation))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> ImageAsync()
    {
        var image = Path.Combine(_folder, "disk.raw");
        await _programs.DoAsync(new HostCommand("truncate", "-s", "8M", image), Cancellation);
        await _programs.DoAsync(new HostCommand("mke2fs", "-q", "-F", "-t", "ext4", image), Cancellation);
        return image;
    }

    private Task<string> LoopsAsync() => _programs.DoAsync(new HostCommand("losetup", "--list", "--noheadings", "--output", "BACK-FILE"), Cancellation);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var watch = Stopwatch.StartNew(); !await condition();)
        {
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }
    }
}
