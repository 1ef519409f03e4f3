using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Volumes of containers as they lie on hosts: asleep, crashed, one in another.</summary>
public sealed class ContainerVolumeTests
{
    private const string Id = "731";

    // Shows a volume group whose only volume is a file, while that volume is awake.
    private const string LvChange = """
        echo "lvchange $*" >> $folder/calls
        case $1 in
          -ay) mkdir -p /dev/${2%/*}; ln -s $(losetup -f --show -r $folder/volume) /dev/$2 ;;
          -an) [ ! -e /dev/$2 ] || { losetup -d $(readlink /dev/$2); rm /dev/$2; rmdir /dev/${2%/*}; } ;;
        esac
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_containers_logical_volume_is_woken_for_the_backup_and_put_to_sleep_again()
    {
        var group = $"vzt{Guid.NewGuid():N}"[..12];
        await using var harness = await MakeAsync($"rootfs: thin:vm-{Id}-disk-0,size=60M", $"lvmthin: thin\n\tthinpool data\n\tvgname {group}\n\tcontent rootdir", ("lvchange", LvChange));
        await Shell.ShAsync($"cd '{harness.Folder}'; mkdir tree; echo asleep > tree/file; truncate -s 60M volume; mkfs.ext4 -q -F -d tree volume");

        var archive = await BackUpAsync(harness);

        Assert.Equal("asleep\n", await Shell.RunAsync("tar", "xOf", archive, "./file"));
        Assert.Equal([$"lvchange -ay {group}/vm-{Id}-disk-0", $"lvchange -an {group}/vm-{Id}-disk-0"], await File.ReadAllLinesAsync(Path.Combine(harness.Folder, "calls"), Cancellation));
        Assert.False(Path.Exists($"/dev/{group}"));

        // What a killed backup had woken goes to sleep by its note.
        await harness.Get<GuestInventory>().DriverOf(GuestKind.Lxc).UndoAsync(null, [new GuestTrace("lvm-activated", "none/of-these")], new NoLog(), Cancellation);
        Assert.Contains("lvchange -an none/of-these", await File.ReadAllLinesAsync(Path.Combine(harness.Folder, "calls"), Cancellation));
    }

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    public async Task An_image_of_a_crashed_host_is_archived_with_what_is_in_its_journal(string type)
    {
        await using var harness = await MakeAsync($"rootfs: volumes:{Id}/root.raw,size=320M", "dir: volumes\n\tpath FOLDER/volumes\n\tcontent rootdir");
        var image = Path.Combine(harness.Folder, "volumes/images", Id, "root.raw");
        // Copied while it is mounted, as a crash would leave it: the second file is flushed to the journal, and nowhere else.
        await Shell.ShAsync($"""
            mkdir -p '{Path.GetDirectoryName(image)}' '{harness.Folder}/at'
            cd '{harness.Folder}'
            truncate -s 320M base
            mkfs.{type} -q base
            mount -o loop base at
            mkdir at/etc; echo early > at/etc/early; sync -f at
            echo late > at/etc/late; sync at/etc/late
            cp --sparse=always base '{image}'
            umount at
            ! unshare --mount mount -o ro,loop '{image}' at 2> refusal
            """);

        var archive = await BackUpAsync(harness);

        Assert.Equal("early\nlate\n", await ContentAsync(archive, "./etc/early", "./etc/late"));
        Assert.DoesNotContain(image, await Shell.ShAsync("losetup -l --noheadings -O BACK-FILE"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("subvol")]
    [InlineData("raw")]
    public async Task Volumes_that_are_mounted_in_one_another_are_archived_as_the_container_sees_them(string form)
    {
        await using var harness = await MakeAsync($"""
            mp0: volumes:{Id}/inner.{form},mp=/srv/inner,backup=1,size=60M
            mp1: volumes:{Id}/outer.{form},mp=/srv,backup=1,size=60M
            rootfs: volumes:{Id}/root.{form},size=60M
            """, "dir: volumes\n\tpath FOLDER/volumes\n\tcontent rootdir");
        await Shell.ShAsync($"""
            mkdir -p '{harness.Folder}/volumes/images/{Id}'
            cd '{harness.Folder}/volumes/images/{Id}'
            mkdir -p root.subvol/etc root.subvol/srv outer.subvol/inner inner.subvol
            echo root > root.subvol/etc/file; echo beneath > root.subvol/srv/hidden
            echo outer > outer.subvol/file; echo beneath > outer.subvol/inner/hidden
            echo inner > inner.subvol/file
            [ {form} = subvol ] || for v in root outer inner; do truncate -s 60M $v.raw; mkfs.ext4 -q -F -d $v.subvol $v.raw; rm -r $v.subvol; done
            """);

        var archive = await BackUpAsync(harness);

        var members = (await Shell.RunAsync("tar", "tf", archive)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["./etc/file", "./srv/file", "./srv/inner/file"], members.Where(member => member.EndsWith("file", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(members, member => member.Contains("hidden", StringComparison.Ordinal));
        Assert.Equal("root\nouter\ninner\n", await ContentAsync(archive, "./etc/file", "./srv/file", "./srv/inner/file"));
    }

    [Theory]
    [InlineData("dir", BackupMode.Suspend)]
    [InlineData("btrfs", BackupMode.Snapshot)]
    public async Task A_running_containers_volume_in_a_volume_is_archived_too(string storage, BackupMode mode)
    {
        await using var container = await RecordingContainer.StartAsync("proxmox", storage);
        var inner = Path.Combine(container.Volumes, "images", container.Name, "inner.subvol");
        await Shell.ShAsync($"""
            lxc-stop -k -n {container.Name} -P {container.LxcPath}
            {(storage == "btrfs" ? "btrfs -q subvolume create" : "mkdir")} '{inner}'
            echo deep > '{inner}/file'
            echo 'lxc.mount.entry = {inner} srv/data/inner none bind,create=dir 0 0' >> '{container.LxcPath}/{container.Name}/config'
            echo 'mp3: volumes:{container.Name}/inner.subvol,mp=/srv/data/inner,backup=1,size=1M' >> '{container.Harness.Folder}/pve/lxc/{container.Name}.conf'
            """);
        await container.StartAsync();

        var (result, events) = await container.Harness.BackUpAsync(new BackupSettings { Mode = mode, Compress = CompressionKind.None }, (await container.GuestAsync()).Id.Value);

        Assert.True(result.Succeeded, events.Text);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        Assert.Single((await Shell.RunAsync("tar", "tf", archive)).Split('\n'), member => member == "./srv/data/inner/file");
        Assert.Equal("deep\n", await Shell.RunAsync("tar", "xOf", archive, "./srv/data/inner/file"));
        await container.GoesOnAsync();
        await container.AssertConsistentAsync(archive);
        await container.AssertCleanAsync();
    }

    /// <param name="storages">With <c>FOLDER</c> for the test's own.</param>
    private static async Task<EngineHarness> MakeAsync(string config, string storages, params (string, string)[] programs)
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        var proxmox = Path.Combine(folder, "pve");
        Directory.CreateDirectory(Path.Combine(proxmox, "lxc"));
        await File.WriteAllTextAsync(Path.Combine(proxmox, "lxc", $"{Id}.conf"), $"arch: amd64\nhostname: resting\n{config}\nostype: unmanaged\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(proxmox, "storage.cfg"), $"dir: local\n\tpath {folder}/storage/local\n\tcontent backup\n\n{storages.Replace("FOLDER", folder, StringComparison.Ordinal)}\n", Cancellation);
        var harness = new EngineHarness(folder, proxmoxFolder: proxmox, programs: await StandIns.MakeAsync(folder, programs));
        Directory.CreateDirectory(harness.Dump);
        return harness;
    }

    private static async Task<string> BackUpAsync(EngineHarness harness)
    {
        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), int.Parse(Id, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(result.Succeeded, events.Text);
        Assert.Empty(harness.Leftovers());
        return Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
    }

    // One by one: tar tells them in the order of the archive, which is that of the file system.
    private static async Task<string> ContentAsync(string archive, params string[] members)
    {
        var content = new System.Text.StringBuilder();
        foreach (var member in members)
        {
            content.Append(await Shell.RunAsync("tar", "xOf", archive, member));
        }

        return content.ToString();
    }

    private sealed class NoLog : ITaskLog
    {
        public void Info(string text)
        {
        }

        public void Warn(string text)
        {
        }
    }
}
