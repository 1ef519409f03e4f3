using Bunit;
using VzDump.Engine.Archives.Vma;
using VzDump.Web.Disks;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class DiskPageTests : NodePage
{
    private const string Name = "vzdump-qemu-100-2026_08_22-03_00_00.vma";

    private string Archive => Path.Combine(Folder, "local/dump", Name);

    [Fact]
    public async Task The_disks_of_an_archive_are_told_with_their_sizes()
    {
        await PackAsync(("drive-scsi0", 1 << 20), ("drive-virtio3", 3 << 20), ("vmstate", 1 << 20));
        var page = Disks();
        page.WaitForAssertion(() => Assert.Equal(["scsi0", "virtio3"], page.FindAll("[data-testid=disk] a.who-name").Select(link => link.TextContent)), Patience);
        Assert.Contains("3.00 MiB", page.FindAll("[data-testid=disk]")[1].TextContent);
        Assert.Contains("known once it is unpacked", page.Markup);
    }

    [Fact]
    public async Task An_archive_without_disks_says_so_and_a_damaged_one_too()
    {
        await PackAsync();
        var none = Disks();
        none.WaitForAssertion(() => Assert.Contains("The archive holds no disk", none.Markup), Patience);
        await File.WriteAllTextAsync(Archive, "no archive", Cancellation);
        var damaged = Disks();
        damaged.WaitForAssertion(() => Assert.Contains("cannot be read", damaged.Markup), Patience);
        File.Delete(Archive);
        var gone = Disks();
        gone.WaitForAssertion(() => Assert.Contains("There is no such archive any more.", gone.Markup), Patience);
    }

    [Fact]
    public async Task A_viewer_sees_the_disks_and_opens_none_and_of_other_guests_there_are_none()
    {
        await PackAsync(("drive-scsi0", 1 << 20));
        await SignInAsync("carl", Role.Viewer);
        var seen = Disks();
        seen.WaitForAssertion(() => Assert.Single(seen.FindAll("[data-testid=disk]")), Patience);
        Assert.Empty(seen.FindAll("[data-testid=disk] a"));
        await SignInAsync("bert", Role.Operator, "101");
        var hidden = Disks();
        hidden.WaitForAssertion(() => Assert.Contains("There is no such archive any more.", hidden.Markup), Patience);
    }

    [Fact]
    public async Task A_disk_is_unpacked_when_somebody_says_so_and_what_it_takes_stands_there_before()
    {
        await PackAsync(("drive-scsi0", 1 << 20));
        var page = Disk("scsi0");
        page.WaitForAssertion(() => Assert.Contains("1.00 MiB", page.Markup), Patience);
        Assert.Empty(page.FindAll("[data-testid=disk-opening]"));
    }

    [Fact]
    public async Task A_disk_that_cannot_be_taken_out_says_why_and_is_tried_again()
    {
        await PackAsync(("drive-scsi0", 1 << 20));
        await using (var file = File.OpenWrite(Archive))
        {
            file.SetLength(file.Length - 100);
        }

        var page = Disk("scsi0");
        page.WaitForElement("button.mud-button-filled", Patience).Click();
        page.WaitForAssertion(() => Assert.Contains("cannot be taken out of the archive", page.Find("[role=alert]").TextContent), Patience);
        Assert.Contains("Unpack the disk", page.Find("button.mud-button-filled").TextContent);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Folder, "archive-disks")));
    }

    [Fact]
    public async Task A_disk_that_is_not_there_says_so()
    {
        await PackAsync(("drive-scsi0", 1 << 20));
        var page = Disk("scsi7");
        page.WaitForAssertion(() => Assert.Contains("There is no disk &#x27;scsi7&#x27;", page.Markup.Replace("'", "&#x27;", StringComparison.Ordinal)), Patience);
    }

    private IRenderedComponent<DisksPage> Disks()
    {
        Navigation.NavigateTo($"/archives/disks?archive=local:backup/{Name}");
        return Render<DisksPage>();
    }

    private IRenderedComponent<DiskPage> Disk(string disk)
    {
        Navigation.NavigateTo($"/archives/disk?archive=local:backup/{Name}&disk={disk}");
        return Render<DiskPage>();
    }

    private async Task PackAsync(params (string Name, long Size)[] disks)
    {
        await using var archive = File.Create(Archive);
        await VmaWriter.WriteAsync(
            archive,
            new VmaContent
            {
                Uuid = Guid.NewGuid(),
                Created = DateTimeOffset.UnixEpoch,
                Configs = [new VmaConfig("qemu-server.conf", "name: mail\n"u8.ToArray())],
                Streams = [.. disks.Select(disk => new VmaStream(disk.Name, new NoisyDisk(disk.Size)))],
            },
            done: null,
            Cancellation);
    }

    private sealed class NoisyDisk(long size) : VzDump.Engine.Host.IDisk
    {
        public long Length => size;

        public ValueTask<VzDump.Engine.Host.DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation) => ValueTask.FromResult(new VzDump.Engine.Host.DiskExtent(size, IsHole: false));

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
        {
            new Random((int)offset).NextBytes(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
