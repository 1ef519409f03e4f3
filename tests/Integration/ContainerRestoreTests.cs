using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Archives of real containers become containers again.</summary>
public sealed class ContainerRestoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CompressionKind.Zstd, false)]
    [InlineData(CompressionKind.Gzip, true)]
    [InlineData(CompressionKind.Lzo, false)]
    [InlineData(CompressionKind.None, true)]
    public async Task A_container_restored_to_a_new_VMID_is_identical_and_starts(CompressionKind compress, bool unprivileged)
    {
        await using var made = await ArchivedContainer.MakeAsync(compress, unprivileged);
        var (harness, container, archive, _) = made;
        var request = new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777"), Name = "back", StartAfter = true };
        var events = new EventList();

        var plan = await harness.Get<RestoreEngine>().PlanAsync(request, Cancellation);
        Assert.False(Directory.Exists(Path.Combine(harness.LxcFolder, "back")), "planning makes nothing");
        var outcome = await harness.Get<RestoreEngine>().RunAsync(plan, events, Cancellation);

        await using var restored = BusyboxContainer.Of(harness.LxcFolder, "back");
        Assert.True(outcome is TaskOutcome.Done, events.Text);
        Assert.True(await restored.IsRunningAsync(), events.Text);
        await Until.TrueAsync(() => File.Exists(Path.Combine(restored.Root, "var/second")), "the container's init has begun");
        await restored.StopAsync();
        await Shell.ShAsync($"rm -f '{restored.Root}'/var/first* '{restored.Root}'/var/second* '{restored.Root}'/var/stopped; touch -d @1000000000 '{restored.Root}'/var");
        await Shell.ShAsync($"rm -f '{container.Root}'/var/first* '{container.Root}'/var/second* '{container.Root}'/var/stopped; touch -d @1000000000 '{container.Root}'/var");
        await WithoutLxcsOwnAsync(container.Root);
        await WithoutLxcsOwnAsync(restored.Root);
        Assert.Equal(await Manifest.OfAsync(container.Root), await Manifest.OfAsync(restored.Root));
        var state = Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == "back");
        Assert.Equal(777, state.Guest.Id.Value);
        Assert.Null(state.Lock);
        Assert.Empty(harness.RestoreLeftovers());
        Assert.Contains(events.All, value => value is BackupEvent.TaskProgressed { Progress.Fraction: 1 });
    }

    [Fact]
    public async Task A_replaced_container_has_the_archives_files_keeps_its_VMID_and_its_old_root_is_gone()
    {
        await using var made = await ArchivedContainer.MakeAsync();
        var (harness, container, archive, guest) = made;
        await File.WriteAllTextAsync(Path.Combine(container.Root, "var/later"), "made after the backup", Cancellation);

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = guest.Id, Replace = true, StartAfter = true });

        Assert.True(outcome is TaskOutcome.Done, events.Text);
        Assert.True(await container.IsRunningAsync());
        Assert.False(Directory.Exists(container.Root), "the old root is gone");
        var root = Path.Combine(harness.LxcFolder, container.Name, "rootfs-2");
        Assert.True(File.Exists(Path.Combine(root, "var/t/one")));
        Assert.False(File.Exists(Path.Combine(root, "var/later")));
        Assert.Equal(guest.Id, (await made.StateAsync()).Guest.Id);
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Fact]
    public async Task A_privileged_container_becomes_an_unprivileged_one()
    {
        await using var made = await ArchivedContainer.MakeAsync(more: "mknod var/t/null c 1 3");
        var (harness, _, archive, _) = made;
        File.SetUnixFileMode(harness.Folder, (UnixFileMode)0b111_101_101); // its root must be able to pass

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("778"), Name = "shifted", Unprivileged = true, StartAfter = true });

        await using var restored = BusyboxContainer.Of(harness.LxcFolder, "shifted");
        Assert.True(outcome is TaskOutcome.Done, events.Text);
        Assert.True(await restored.IsRunningAsync());
        Assert.Equal("100000", (await Shell.RunAsync("stat", "-c", "%u", Path.Combine(restored.Root, "var/t/one"))).Trim());
        Assert.Contains("WARN: devices were left out: an unprivileged container cannot have them", events.Lines);
    }

    [Fact]
    public async Task A_running_guest_a_taken_VMID_and_a_taken_name_are_refused_in_words()
    {
        await using var made = await ArchivedContainer.MakeAsync();
        var (harness, container, archive, guest) = made;
        var engine = harness.Get<RestoreEngine>();

        Assert.Contains("belongs to", (await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = guest.Id }, Cancellation))).Message, StringComparison.Ordinal);
        Assert.Contains("a container", (await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("779") }, Cancellation))).Message, StringComparison.Ordinal);
        await container.StartAsync();
        Assert.Contains("is running", (await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = guest.Id, Replace = true }, Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_restore_leaves_the_old_container_as_it_was_and_nothing_beside_it()
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 20);
        var (harness, container, archive, guest) = made;
        var config = await File.ReadAllTextAsync(guest.ConfigPath, Cancellation);
        var before = await Manifest.OfAsync(container.Root);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var engine = harness.Get<RestoreEngine>();
        var plan = await engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = guest.Id, Replace = true, BandwidthLimit = BandwidthLimit.FromKiB(1024) }, Cancellation);
        var running = engine.RunAsync(plan, events, cancel.Token);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.WrittenBytes: > 1024 * 1024 });
        Assert.Equal("backup", (await made.StateAsync()).Lock);

        await cancel.CancelAsync();

        Assert.IsType<TaskOutcome.Cancelled>(await running);
        Assert.Equal(config, await File.ReadAllTextAsync(guest.ConfigPath, Cancellation));
        Assert.Equal(before, await Manifest.OfAsync(container.Root));
        Assert.Null((await made.StateAsync()).Lock);
        Assert.Equal(["config", "rootfs"], Directory.EnumerateFileSystemEntries(Path.Combine(harness.LxcFolder, container.Name)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Fact]
    public async Task A_cut_archive_fails_the_restore_and_a_new_guests_VMID_is_free_again()
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 8);
        var (harness, _, archive, _) = made;
        await using (var file = File.OpenWrite(archive))
        {
            file.SetLength(file.Length / 2);
        }

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("780"), Name = "half" });

        Assert.Contains("damaged or cut off", Assert.IsType<TaskOutcome.Failed>(outcome).Reason, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(harness.LxcFolder, "half")), events.Text);
        Assert.DoesNotContain((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Id.Value == 780);
        Assert.DoesNotContain("780", await File.ReadAllTextAsync(Path.Combine(harness.Folder, "lxc-native.cfg"), Cancellation), StringComparison.Ordinal);
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Fact]
    public async Task A_full_disk_fails_the_restore_in_words_and_leaves_nothing()
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 30);
        var (harness, _, archive, _) = made;
        var name = "full";
        await using var other = new EngineHarness(harness.Folder, Path.Combine(harness.LxcFolder, "small"));
        await using var disk = await SmallDisk.MountAsync(other.LxcFolder, mebibytes: 12);

        var (outcome, events) = await RestoreAsync(other, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("781"), Name = name });

        Assert.Contains("No space left on device", Assert.IsType<TaskOutcome.Failed>(outcome).Reason, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(other.LxcFolder, name)), events.Text);
    }

    [Fact]
    public async Task Lines_of_an_archive_that_reach_outside_the_container_become_comments()
    {
        await using var made = await ArchivedContainer.MakeAsync(moreConfig: """
            lxc.hook.pre-start = /tmp/evil
            lxc.mount.entry = / mnt none bind 0 0
            lxc.include = /usr/share/lxc/config/../../../../tmp/evil
            lxc.environment = COLOR=blue
            """);
        var (harness, _, archive, guest) = made;

        var plan = await harness.Get<RestoreEngine>().PlanAsync(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("782"), Name = "tame" }, Cancellation);
        var own = await harness.Get<RestoreEngine>().PlanAsync(new RestoreRequest { ArchivePath = archive, Target = guest.Id, Replace = true }, Cancellation);

        Assert.Equal(3, plan.Warnings.Count);
        Assert.Contains("# left out by the restore: lxc.hook.pre-start = /tmp/evil", plan.Config, StringComparison.Ordinal);
        Assert.DoesNotContain("\nlxc.hook", plan.Config, StringComparison.Ordinal);
        Assert.DoesNotContain("\nlxc.mount.entry", plan.Config, StringComparison.Ordinal);
        Assert.DoesNotContain("\nlxc.include", plan.Config, StringComparison.Ordinal);
        Assert.Contains("\nlxc.environment = COLOR=blue", plan.Config, StringComparison.Ordinal);
        Assert.Empty(own.Warnings);
        Assert.Contains("\nlxc.hook.pre-start = /tmp/evil", own.Config, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_archive_leaves_nothing_outside_the_containers_root()
    {
        await using var made = await ArchivedContainer.MakeAsync();
        var harness = made.Harness;
        var prey = Directory.CreateDirectory(Path.Combine(harness.Folder, "prey")).FullName;
        await File.WriteAllTextAsync(Path.Combine(prey, "file"), "as it was", Cancellation);
        var archive = Path.Combine(harness.Dump, "vzdump-lxc-500-2026_01_01-00_00_00.tar");
        await Shell.ShAsync($$"""
            cd '{{harness.Folder}}' && mkdir -p make/etc/vzdump && cd make
            printf 'hostname: evil\nrootfs: local:8\n' > etc/vzdump/pct.conf
            tar cf '{{archive}}' ./etc/vzdump/pct.conf
            ln -s '{{prey}}' way && tar rf '{{archive}}' ./way && rm way && mkdir way && echo gotcha > way/file && echo gotcha > way/new && tar rf '{{archive}}' ./way/file ./way/new
            echo gotcha > up && tar rPf '{{archive}}' --transform='s,^,../../../prey/,' up
            tar rPf '{{archive}}' --transform='s,^,{{prey}}/abs-,' up
            ln '{{prey}}/file' hard && tar rPf '{{archive}}' --transform='flags=h;s,.*,{{prey}}/file,' '{{prey}}/file' hard
            """);

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("783"), Name = "evil" });

        Assert.Equal("as it was", await File.ReadAllTextAsync(Path.Combine(prey, "file"), Cancellation));
        Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(prey).Select(Path.GetFileName));
        Assert.True(outcome is TaskOutcome.Done or TaskOutcome.Failed, events.Text);
    }

    [Fact]
    public async Task The_sample_container_with_its_Proxmox_configuration_is_replaced_and_restored_beside_itself()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var (backup, log) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 101);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(backup.Tasks).Outcome).ArchivePath;
        var images = Path.Combine(harness.Folder, "storage/local/images");
        var before = await Manifest.OfAsync(Path.Combine(images, "101/subvol-101-disk-0.subvol"));

        var (replaced, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("101"), Replace = true, Memory = 300, Unique = true });

        Assert.True(replaced is TaskOutcome.Done, log.Text + events.Text);
        Assert.Equal(["subvol-101-disk-1.subvol"], Directory.EnumerateFileSystemEntries(Path.Combine(images, "101")).Select(Path.GetFileName));
        Assert.Equal(await WithoutConfigFolderAsync(before), await WithoutConfigFolderAsync(await Manifest.OfAsync(Path.Combine(images, "101/subvol-101-disk-1.subvol"))));
        var config = await File.ReadAllTextAsync(Path.Combine(harness.Folder, "lxc/101.conf"), Cancellation);
        Assert.Contains("rootfs: local:101/subvol-101-disk-1.subvol,size=0T", config, StringComparison.Ordinal);
        Assert.Contains("memory: 300", config, StringComparison.Ordinal);
        Assert.DoesNotContain("lock", config, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Volumes_with_a_size_become_images_and_each_file_lands_on_its_own()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var archive = Path.Combine(harness.Dump, "vzdump-lxc-500-2026_01_01-00_00_00.tar.zst");
        await Shell.ShAsync($$"""
            mkdir -p '{{harness.Folder}}/make/etc/vzdump' && cd '{{harness.Folder}}/make'
            printf 'hostname: images\nrootfs: local:500/vm-500-disk-0.raw,size=32M,mountoptions=noatime\nmp0: local:500/vm-500-disk-1.raw,mp=/srv/data,backup=1,size=16M\nmp1: /host/folder,mp=/mnt\nnet0: name=eth0,hwaddr=AA:BB:CC:00:11:22\n' > etc/vzdump/pct.conf
            printf '[OPTIONS]\n' > etc/vzdump/pct.fw
            mkdir -p srv/data/deep var && echo root > var/on-root && echo data > srv/data/deep/on-data && chown 33:44 srv/data/deep/on-data && setfacl -m u:7:r var/on-root
            tar cf - --acls ./etc/vzdump/pct.conf ./etc/vzdump/pct.fw ./var ./srv | zstd -q > '{{archive}}'
            """);

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("101"), Replace = true, Unique = true });

        Assert.True(outcome is TaskOutcome.Done, events.Text);
        var config = await File.ReadAllTextAsync(Path.Combine(harness.Folder, "lxc/101.conf"), Cancellation);
        Assert.Contains("rootfs: local:101/vm-101-disk-0.raw,mountoptions=noatime,size=32M", config, StringComparison.Ordinal);
        Assert.Contains("mp0: local:101/vm-101-disk-1.raw,mp=/srv/data,backup=1,size=16M", config, StringComparison.Ordinal);
        Assert.Contains("# left out by the restore: mp1: /host/folder,mp=/mnt", config, StringComparison.Ordinal);
        Assert.DoesNotContain("AA:BB:CC:00:11:22", config, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(harness.Folder, "firewall/101.fw")));
        var images = Path.Combine(harness.Folder, "storage/local/images/101");
        var seen = Directory.CreateDirectory(Path.Combine(harness.Folder, "seen")).FullName;
        Assert.Equal("root", (await InImageAsync("vm-101-disk-0.raw", "cat var/on-root")).Trim());
        Assert.Contains("user:7:r--", await InImageAsync("vm-101-disk-0.raw", "getfacl -n var/on-root"), StringComparison.Ordinal);
        Assert.Equal("", (await InImageAsync("vm-101-disk-0.raw", "ls srv/data")).Trim());
        Assert.Equal("data 33 44", (await InImageAsync("vm-101-disk-1.raw", "echo $(cat deep/on-data) $(stat -c '%u %g' deep/on-data)")).Trim());
        Assert.Equal(["vm-101-disk-0.raw", "vm-101-disk-1.raw"], Directory.EnumerateFileSystemEntries(images).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("vzdump-restore", await File.ReadAllTextAsync("/proc/self/mountinfo", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(images, await Shell.ShAsync("losetup -a"), StringComparison.Ordinal);

        Task<string> InImageAsync(string image, string command) =>
            Shell.ShAsync($"unshare --mount --propagation private sh -ec \"mount -o loop,ro '{images}/{image}' '{seen}'; cd '{seen}'; {command.Replace("$", "\\$", StringComparison.Ordinal)}\"");
    }

    [Fact]
    public async Task A_new_volume_never_takes_the_name_of_one_that_the_replaced_container_has_lost()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var (backup, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 101);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(backup.Tasks).Outcome).ArchivePath;
        Directory.Delete(Path.Combine(harness.Folder, "storage/local/images/101"), recursive: true);

        var plan = await harness.Get<RestoreEngine>().PlanAsync(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("101"), Replace = true }, Cancellation);

        Assert.Equal("local:101/subvol-101-disk-1.subvol", Assert.Single(plan.Volumes).Id);
    }

    private static Task<string> WithoutConfigFolderAsync(string manifest) =>
        Task.FromResult(string.Join('\n', manifest.Split('\n').Where(line => !line.StartsWith("etc|", StringComparison.Ordinal) && !line.StartsWith("etc/vzdump", StringComparison.Ordinal) && !line.StartsWith('|'))));

    // Folders that LXC makes at each start, with times of their own.
    private static Task WithoutLxcsOwnAsync(string root) => Shell.ShAsync($"cd '{root}' && {{ rmdir dev/* etc/vzdump 2>/dev/null || true; }}; find . -maxdepth 2 -type d -exec touch -d @1000000000 {{}} +");

    private static async Task<(TaskOutcome Outcome, EventList Events)> RestoreAsync(EngineHarness harness, RestoreRequest request)
    {
        var events = new EventList();
        var engine = harness.Get<RestoreEngine>();
        return (await engine.RunAsync(await engine.PlanAsync(request, Cancellation), events, Cancellation), events);
    }
}
