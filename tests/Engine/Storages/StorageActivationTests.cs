using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Tests.Engine.Storages;

public sealed class StorageActivationTests : IDisposable
{
    private readonly StorageFixture _fixture = new();
    private readonly string _folder;

    public StorageActivationTests() => _folder = Directory.CreateDirectory(Path.Combine(_fixture.Folder, "nas")).FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_storage_of_other_nodes_is_refused_and_named()
    {
        Assert.Contains("'nas' is not for this node", await RefusedAsync("dir", ("nodes", "pve1,pve2")), StringComparison.Ordinal);
        Assert.Equal(Path.Combine(_folder, "dump"), (await ActivateAsync("dir", ("nodes", $"pve1, {Environment.MachineName.Split('.')[0]}"))).Folder);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("yes")]
    public async Task A_storage_that_must_be_mounted_is_refused_while_it_is_not(string word)
    {
        Assert.Contains($"nothing is mounted on {_folder}", await RefusedAsync("dir", ("is_mountpoint", word)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "dump")), "a folder was made below the place where the disk is to be mounted");
    }

    [Fact]
    public async Task The_mount_point_may_be_another_folder()
    {
        Assert.Contains("nothing is mounted on /proc/self", await RefusedAsync("dir", ("is_mountpoint", "/proc/self")), StringComparison.Ordinal);
        Assert.NotNull(await ActivateAsync("btrfs", ("is_mountpoint", "/proc/")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("no")]
    public async Task A_storage_that_need_not_be_mounted_is_used(string word) => Assert.NotNull(await ActivateAsync("dir", ("is_mountpoint", word)));

    [Fact]
    public async Task The_folder_for_archives_is_where_content_dirs_says_and_within_the_storage()
    {
        Assert.Equal(Path.Combine(_folder, "my/archives"), (await ActivateAsync("dir", ("content-dirs", "iso=isos,backup=/my/archives"))).Folder);
        Assert.True(Directory.Exists(Path.Combine(_folder, "my/archives")));
        Assert.Contains("no folder within it", await RefusedAsync("dir", ("content-dirs", "backup=../../etc")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_are_made_as_far_as_storage_cfg_lets_them()
    {
        var missing = Path.Combine(_folder, "not", "yet");
        Assert.Contains("does not exist. Is its disk mounted?", await RefusedAsync("dir", ("path", missing)), StringComparison.Ordinal);
        Assert.Contains("does not exist. Is its disk mounted?", await RefusedAsync("dir", ("path", missing), ("create-base-path", "0"), ("mkdir", "1")), StringComparison.Ordinal);
        Assert.Contains("forbids to make it", await RefusedAsync("dir", ("create-subdirs", "0")), StringComparison.Ordinal);
        Assert.Contains("forbids to make it", await RefusedAsync("dir", ("mkdir", "0")), StringComparison.Ordinal);
        Assert.Equal(Path.Combine(missing, "dump"), (await ActivateAsync("dir", ("path", missing), ("create-base-path", "1"))).Folder);
    }

    [Fact]
    public async Task A_file_in_place_of_the_folder_for_archives_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "dump"), "", Cancellation);

        Assert.Contains("dump", await RefusedAsync("dir"), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Mounts() => new()
    {
        { "nfs|server=10.0.0.2|export=/tank/backup", "-t nfs 10.0.0.2:/tank/backup {0}" },
        { "nfs|server=fd00::2|export=/b|options=vers=4.2,soft", "-t nfs [fd00::2]:/b {0} -o vers=4.2,soft" },
        { "cifs|server=nas|share=backup", "-t cifs //nas/backup {0} -o soft -o guest,username=guest -o vers=default" },
        { "cifs|server=nas|share=backup|subdir=/node1|username=bob|domain=HOME|smbversion=3.0|options=echo_interval=30", "-t cifs //nas/backup/node1 {0} -o soft -o username=bob -o credentials={1} -o domain=HOME -o vers=3.0 -o echo_interval=30" },
        { "glusterfs|server=g1|volume=vol", "-t glusterfs g1:vol {0}" },
    };

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task A_network_storage_is_mounted_with_the_command_line_of_Proxmox_VE(string storage, string expected)
    {
        Assert.SkipUnless(HostUser.IsRoot, "only root mounts");
        _fixture.Record("mount", "exit 0");
        var password = _fixture.Paths.StoragePassword("nas");
        if (storage.Contains("username", StringComparison.Ordinal))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(password)!);
            await File.WriteAllTextAsync(password, "password=secret\n", Cancellation);
        }

        var target = Path.Combine(_folder, "made for it");
        var words = storage.Split('|');
        await _fixture.Activation.ActivateAsync(StorageFixture.Storage(words[0], [.. words[1..].Select(word => word.Split('=', 2)).Select(pair => (pair[0], pair[1])), ("path", target)]), Cancellation);

        Assert.Equal(["mount " + string.Format(null, expected, target, password)], _fixture.Calls);
        Assert.True(Directory.Exists(Path.Combine(target, "dump")));
    }

    [Fact]
    public async Task What_mount_complains_of_is_told_and_every_server_was_tried()
    {
        Assert.SkipUnless(HostUser.IsRoot, "only root mounts");
        _fixture.Record("mount", "echo \"mount: $3: no route to host.\" >&2; exit 32");

        var refused = await RefusedAsync("glusterfs", ("server", "g1"), ("server2", "g2"), ("volume", "vol"));

        Assert.Equal($"The storage 'nas' cannot be mounted on {_folder}: mount: g1:vol: no route to host; mount: g2:vol: no route to host.", refused);
        Assert.False(Directory.Exists(Path.Combine(_folder, "dump")), "a folder was made on the host's own disk");
        Assert.Contains("names no export for it", await RefusedAsync("nfs", ("server", "x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_mounted_over_something_else()
    {
        _fixture.Record("mount", "exit 0");

        var refused = await RefusedAsync("nfs", ("path", "/proc"), ("server", "nas"), ("export", "/b"));

        Assert.Contains("/proc holds proc (proc) and not nas:/b (nfs)", refused, StringComparison.Ordinal);
        Assert.Empty(_fixture.Calls);
    }

    [Fact]
    public async Task A_mount_that_failed_is_tried_again_by_a_run_at_once_and_by_pages_after_a_while()
    {
        Assert.SkipUnless(HostUser.IsRoot, "only root mounts");
        var time = new FakeTimeProvider();
        using var fixture = new StorageFixture(time);
        fixture.Record("mount", "exit 1");
        fixture.Write($"nfs: nas\n\tserver x\n\texport /x\n\tpath {_folder}\n\tcontent backup\n");
        var storage = (await StorageConfig.ReadAsync(fixture.Paths.StorageConfig, Cancellation)).Find("nas");

        Assert.NotNull(Assert.Single(await fixture.Inventory.ListAsync(Cancellation)).Problem);
        Assert.NotNull(Assert.Single(await fixture.Inventory.ListAsync(Cancellation)).Problem);
        Assert.Single(fixture.Calls);
        await Assert.ThrowsAsync<ProblemException>(() => fixture.Activation.ActivateAsync(storage, Cancellation));
        Assert.Equal(2, fixture.Calls.Count);
        time.Advance(TimeSpan.FromMinutes(1));
        await fixture.Inventory.ListAsync(Cancellation);
        Assert.Equal(3, fixture.Calls.Count);
    }

    [Theory]
    [InlineData("nfs", "36 35 0:98 / /mnt/my\\040disk rw,relatime shared:1 - nfs4 10.0.0.2:/b\\040c rw", true)]
    [InlineData("nfs", "36 35 0:98 / /mnt/my\\040disk rw,relatime - nfs 10.0.0.2:/b\\040c/ rw", true)]
    [InlineData("nfs", "36 35 0:98 / /mnt/my\\040disk rw,relatime - nfs 10.0.0.3:/b\\040c rw", false)]
    [InlineData("nfs", "36 35 0:98 / /mnt/my\\040disk rw,relatime - ext4 /dev/sda1 rw", false)]
    [InlineData("glusterfs", "36 35 0:98 / /mnt/my\\040disk rw,relatime shared:1 master:2 - fuse.glusterfs g2:vol rw", true)]
    [InlineData("glusterfs", "36 35 0:98 / /mnt/my\\040disk rw,relatime - fuse.glusterfs g2:volume rw", false)]
    public void A_mount_is_recognised_as_the_storages_own(string type, string line, bool own)
    {
        var storage = StorageFixture.Storage(type, ("path", "/mnt/my disk"), ("server", "10.0.0.2"), ("export", "/b c"), ("volume", "vol"));
        var mount = MountTable.Parse(line);

        Assert.Equal("/mnt/my disk", mount.Folder);
        Assert.Equal(own, NetworkMount.For(storage, null)!.Is(mount));
    }

    [Fact]
    public async Task A_storages_state_tells_its_space_and_what_is_wrong_with_it()
    {
        _fixture.Write($"dir: local\n\tpath {_folder}\n\tcontent backup\ndir: gone\n\tpath {_folder}/gone\n\tcontent backup\ndir: other\n\tpath {_folder}\n\tcontent iso\n");

        var states = await _fixture.Inventory.ListAsync(Cancellation);

        Assert.Equal([("local", true), ("gone", false)], states.Select(state => (state.Name, state.IsActive)));
        Assert.InRange(states[0].FreeBytes!.Value, 1, states[0].TotalBytes!.Value);
        Assert.InRange(states[0].UsedBytes!.Value, 1, states[0].TotalBytes!.Value);
        Assert.Contains("Is its disk mounted?", states[1].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true, null)]
    [InlineData(null, false, 5)]
    [InlineData("-1", false, null)]
    [InlineData("0", true, 0)]
    [InlineData("3", true, 3)]
    public async Task How_many_may_be_protected_is_storage_cfgs_word_else_any_number_for_administrators_and_5_for_others(string? word, bool isPrivileged, int? most) =>
        Assert.Equal(most, ProtectionLimit.Of(await ActivateAsync("dir", word is null ? [] : [("max-protected-backups", word)]), isPrivileged).Most);

    [Fact]
    public async Task A_limit_that_is_no_number_is_refused() => Assert.Contains("max-protected-backups many", await RefusedAsync("dir", ("max-protected-backups", "many")), StringComparison.Ordinal);

    private Task<BackupStorage> ActivateAsync(string type, params (string Key, string Value)[] more) =>
        _fixture.Activation.ActivateAsync(StorageFixture.Storage(type, more.Any(one => one.Key == "path") ? more : [.. more, ("path", _folder)]), Cancellation);

    private async Task<string> RefusedAsync(string type, params (string Key, string Value)[] more) =>
        (await Assert.ThrowsAsync<ProblemException>(() => ActivateAsync(type, more))).Message;
}
