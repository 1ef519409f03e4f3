using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class SampleContainerTests
{
    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.Lzo)]
    public async Task A_containers_archive_unpacked_by_GNU_tar_equals_its_root(CompressionKind compress)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var root = Path.Combine(harness.Folder, "storage/local/images/101/subvol-101-disk-0.subvol");
        await Shell.ShAsync($"cd '{root}' && ln etc/hostname etc/hostname.hard && touch $'home/ada/odd\\nname' && mkfifo var/pipe && mknod var/null c 1 3 && setfacl -m u:1234:rw home/ada/notes.txt && chown 1000:33 var/www/html/index.html && chmod 4755 usr/bin/greet && setcap cap_net_raw+ep usr/bin/greet");

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(compress), 101);

        Assert.True(result.Succeeded, events.Text);
        var done = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome);
        var copy = Path.Combine(harness.Folder, "copy");
        var decompress = compress switch { CompressionKind.Gzip => "gunzip -c", CompressionKind.Zstd => "zstd -dc", CompressionKind.Lzo => "lzop -dc", _ => "cat" };
        await Shell.ShAsync($"mkdir '{copy}' && {decompress} < '{done.ArchivePath}' | tar xpf - --numeric-owner --acls --xattrs --xattrs-include='*' -C '{copy}'");
        var config = await File.ReadAllTextAsync(Path.Combine(copy, "etc/vzdump/pct.conf"), TestContext.Current.CancellationToken);
        Assert.Contains("hostname: sample-container", config, StringComparison.Ordinal);
        Assert.DoesNotContain("lock:", config, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(copy, "etc/vzdump"), recursive: true);
        await Shell.ShAsync($"touch -r '{root}/etc' '{copy}/etc'");
        Assert.Equal(await Manifest.OfAsync(root), await Manifest.OfAsync(copy));
        var sparse = new FileInfo(Path.Combine(copy, "var/lib/shop/orders.db"));
        Assert.Equal(12 * 1024 * 1024 + 3, sparse.Length);
        Assert.True(long.Parse(await Shell.RunAsync("stat", "-c", "%b", sparse.FullName)) * 512 < 4 * 1024 * 1024, "the hole was filled");
        Assert.Empty(harness.Leftovers());
    }
}
