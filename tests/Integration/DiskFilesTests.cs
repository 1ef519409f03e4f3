using System.Formats.Tar;
using System.Text;
using VzDump.Engine;
using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.Disks;
using VzDump.Engine.Host;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Disks out of a real machine's archive, and files out of their file systems.</summary>
public sealed class DiskFilesTests(ArchivedMachine machine) : IClassFixture<ArchivedMachine>
{
    private const string FirstPartition = "/dev/sda1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DiskImages Images => machine.Harness.Get<DiskImages>();

    private DiskFiles Files => machine.Harness.Get<DiskFiles>();

    [Fact]
    public async Task An_archives_disks_are_told_and_one_is_unpacked_as_it_was_with_its_holes()
    {
        var image = await UnpackAsync();

        var disks = await Images.ListAsync(machine.Archive, Cancellation);
        Assert.Equal([("scsi0", 256L << 20), ("virtio1", 8L << 20)], disks.Select(disk => (disk.Name, disk.Size)));
        Assert.Equal(image, disks[0].Image);
        Assert.Null(disks[1].Image);
        Assert.InRange(image.UsedBytes, ArchivedMachine.BigBytes, 60 << 20);
        var allocated = 512 * long.Parse(await Shell.RunAsync("stat", "--format=%b", image.Path), global::System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(allocated, ArchivedMachine.BigBytes, 80 << 20);
        await Shell.RunAsync("cmp", image.Path, new TestMachine(machine.Harness, 500).Disk(0));
    }

    [Fact]
    public async Task Its_file_systems_are_told_with_those_of_a_volume_group()
    {
        var volumes = await Files.ListVolumesAsync(await UnpackAsync(), Cancellation);

        Assert.Equal(
            [("/dev/data/files", "ext4", true), ("/dev/sda1", "ext4", true), ("/dev/sda2", "vfat", true), ("/dev/sda4", "swap", false)],
            volumes.Select(volume => (volume.Device, volume.FileSystem, volume.HasFiles)).OrderBy(volume => volume.Device, StringComparer.Ordinal));
        var system = volumes.Single(volume => volume.Device == FirstPartition);
        Assert.Equal(("system", 100L << 20), (system.Label, system.Size));
    }

    [Fact]
    public async Task Folders_are_listed_with_names_of_any_bytes_and_their_figures()
    {
        var image = await UnpackAsync();

        var root = (await Files.ListAsync(image, FirstPartition, MemberPath.Root, null, Cancellation))!;
        Assert.Equal(["deep", "etc", "lost+found", "link", "pipe", "up"], root.Select(entry => entry.Path.ToString()));
        Assert.Equal([EntryKind.Folder, EntryKind.Folder, EntryKind.Folder, EntryKind.Link, EntryKind.Pipe, EntryKind.Link], root.Select(entry => entry.Kind));
        var etc = (await Files.ListAsync(image, FirstPartition, root[1].Path, null, Cancellation))!;
        Assert.Equal(["app", "hostname", @"it's \\ ""odd""\x1b\x0aname", "two words"], etc.Select(entry => entry.Path.Name));
        var hostname = etc[1];
        Assert.Equal((4L, 0x1A0, 33L, 44L), (hostname.Size, hostname.Mode, hostname.User, hostname.Group));
        Assert.InRange(hostname.Modified!.Value, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        foreach (var entry in etc.Skip(1))
        {
            Assert.Equal(entry.Size, (await ReadAsync(image, FirstPartition, entry.Path)).Length);
        }

        Assert.Null(await Files.ListAsync(image, FirstPartition, Path("nowhere"), null, Cancellation));
        Assert.Null(await Files.ListAsync(image, FirstPartition, Path("etc/hostname"), null, Cancellation));
    }

    [Fact]
    public async Task Files_are_found_by_name_below_a_folder()
    {
        var image = await UnpackAsync();

        Assert.Equal([@"etc/it's \\ ""odd""\x1b\x0aname"], (await Files.ListAsync(image, FirstPartition, MemberPath.Root, "ODD", Cancellation))!.Select(entry => entry.Path.ToString()));
        Assert.Equal(["etc/two words"], (await Files.ListAsync(image, FirstPartition, Path("etc"), "two w", Cancellation))!.Select(entry => entry.Path.ToString()));
        Assert.Empty((await Files.ListAsync(image, FirstPartition, Path("deep"), "hostname", Cancellation))!);
    }

    [Fact]
    public async Task Files_come_out_as_they_went_in_from_each_file_system()
    {
        var image = await UnpackAsync();

        Assert.Equal(machine.Big, await ReadAsync(image, FirstPartition, Path("deep/big")));
        Assert.Equal("boot", Encoding.UTF8.GetString(await ReadAsync(image, "/dev/sda2", Path("BOOT.TXT"))));
        Assert.Equal("in a logical volume", Encoding.UTF8.GetString(await ReadAsync(image, "/dev/data/files", Path("inside.txt"))));
        await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(image, FirstPartition, Path("pipe")));
        await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(image, FirstPartition, Path("up")));
        await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(image, FirstPartition, Path("etc")));
        await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(image, "/dev/sda4", Path("a")));
        await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(image, "/dev/sda1\nquit", Path("a")));
    }

    [Fact]
    public async Task A_folder_comes_as_tar_with_owners_and_permissions()
    {
        var image = await UnpackAsync();
        var file = global::System.IO.Path.Combine(machine.Harness.Folder, "etc.tar.zst");
        await using (var destination = File.Create(file))
        {
            await Files.WriteZstdAsync(image, FirstPartition, Path("etc"), destination, Cancellation);
        }

        await Shell.RunAsync("zstd", "-dqf", file);
        await using var tar = new TarReader(File.OpenRead(file[..^4]));
        var entries = new Dictionary<string, TarEntry>(StringComparer.Ordinal);
        while (await tar.GetNextEntryAsync(copyData: true, Cancellation) is { } entry)
        {
            entries[entry.Name] = entry;
        }

        var hostname = entries["./hostname"];
        Assert.Equal((33, 44, (UnixFileMode)0x1A0), (hostname.Uid, hostname.Gid, hostname.Mode));
        Assert.Contains("./two words", entries.Keys);
    }

    [Fact]
    public async Task Leaving_a_large_file_early_leaves_the_reader_of_use_to_others_and_one_that_died_is_started_again()
    {
        var image = await UnpackAsync();
        await using (var file = await Files.OpenAsync(image, FirstPartition, Path("deep/big"), Cancellation))
        {
            await file.Content.ReadExactlyAsync(new byte[100_000], Cancellation);
            Assert.Equal(4, (await ReadAsync(image, FirstPartition, Path("etc/hostname"))).Length);
        }

        Assert.Equal(4, (await ReadAsync(image, FirstPartition, Path("etc/hostname"))).Length);
        foreach (var pid in ProcessTable.WithArgument("guestfish", argument => argument.Contains(image.Path, StringComparison.Ordinal)))
        {
            await Shell.RunAsync("kill", "-9", $"{pid}");
        }

        await TryAsync(() => ReadAsync(image, FirstPartition, Path("etc/hostname")));
        Assert.Equal(4, (await ReadAsync(image, FirstPartition, Path("etc/hostname"))).Length);

        // An end in the middle of an answer.
        using var stop = new CancellationTokenSource();
        var tar = Files.WriteZstdAsync(image, FirstPartition, MemberPath.Root, new StoppedStream(stop), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tar);
        Assert.Equal(4, (await ReadAsync(image, FirstPartition, Path("etc/hostname"))).Length);
        await Files.EndAsync(TimeSpan.Zero);
        Assert.Empty(ProcessTable.WithArgument(null, argument => argument.Contains(image.Path, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_nobody_uses_is_removed_and_a_disk_that_would_fill_the_file_system_is_not_unpacked()
    {
        await UnpackAsync("virtio1");
        var own = global::System.IO.Path.Combine(machine.Harness.Folder, "archive-disks", "vm-100-disk-0.raw");
        await File.WriteAllTextAsync(own, "somebody's own", Cancellation);
        File.SetLastAccessTimeUtc(own, DateTime.UnixEpoch);
        Images.Remove(TimeSpan.FromHours(1));
        Assert.NotNull(Images.Find(machine.Archive, "virtio1"));
        Assert.True(File.Exists(own));
        File.SetLastAccessTimeUtc(Images.Find(machine.Archive, "virtio1")!.Path, DateTime.UnixEpoch);
        Images.Remove(TimeSpan.FromHours(1));
        Assert.Null(Images.Find(machine.Archive, "virtio1"));
        await UnpackAsync("virtio1");
        var narrow = new DiskImages(machine.Harness.Get<VzDump.Engine.Configuration.NodePaths>(), machine.Harness.Get<VzDump.Engine.Compression.Decompressor>(), machine.Harness.Get<ArchiveReadings>(), TimeProvider.System) { LeavesFreeBytes = 1L << 60 };
        File.Delete(Images.Find(machine.Archive, "virtio1")!.Path);
        var other = global::System.IO.Path.Combine(machine.Harness.Folder, "vzdump-qemu-501-2026_01_01-00_00_00.vma.zst");
        File.Copy(machine.Archive, other);

        var problem = await Assert.ThrowsAsync<ProblemException>(() => narrow.Unpack(other, "scsi0").Done);

        Assert.Contains("not enough free space", problem.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ProblemException>(() => Images.Unpack(other, "scsi7").Done);
        Assert.DoesNotContain(Directory.EnumerateFiles(global::System.IO.Path.Combine(machine.Harness.Folder, "archive-disks")), file => file.EndsWith(".new", StringComparison.Ordinal));
        Assert.Throws<ProblemException>(() => Images.Find(global::System.IO.Path.Combine(machine.Harness.Folder, "vzdump-lxc-501-2026_01_01-00_00_00.tar.zst"), "scsi0"));
    }

    private static MemberPath Path(string text) => MemberPath.TryParse(text, out var path) ? path : throw new ArgumentException(text, nameof(text));

    private async Task<DiskImage> UnpackAsync(string disk = "scsi0")
    {
        await Images.Unpack(machine.Archive, disk).Done;
        return Images.Find(machine.Archive, disk)!;
    }

    private async Task<byte[]> ReadAsync(DiskImage image, string volume, MemberPath path)
    {
        await using var file = await Files.OpenAsync(image, volume, path, Cancellation);
        using var content = new MemoryStream();
        await file.Content.CopyToAsync(content, Cancellation);
        return content.ToArray();
    }

    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (ProblemException)
        {
            // The reader had died.
        }
    }

    // Ends it all when the first data comes.
    private sealed class StoppedStream(CancellationTokenSource stop) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await stop.CancelAsync();
    }
}
