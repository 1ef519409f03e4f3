using System.Security.Cryptography;
using System.Text;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class SampleMachineTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    public async Task A_machines_archive_gives_its_disk_back_bit_by_bit(CompressionKind compress)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(harness.Folder, "firewall")).FullName, "100.fw"), "[OPTIONS]\nenable: 1\n", Cancellation);
        var image = Path.Combine(harness.Folder, "storage/local/images/100/vm-100-disk-0.raw");
        await Shell.RunAsync("e2fsck", "-fn", image);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(compress), 100);

        Assert.True(result.Succeeded, events.Text);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        var plain = Path.Combine(harness.Folder, "plain.vma");
        var decompress = compress switch { CompressionKind.Gzip => "gunzip -c", CompressionKind.Zstd => "zstd -dc", _ => "cat" };
        await Shell.ShAsync($"{decompress} < '{archive}' > '{plain}'");
        Assert.True(new FileInfo(plain).Length < new FileInfo(image).Length / 2, "holes were stored");

        var restored = Path.Combine(harness.Folder, "restored.raw");
        await using (var stream = File.OpenRead(plain))
        {
            var reader = await VmaReader.OpenAsync(stream, Cancellation);
            Assert.Equal(["qemu-server.conf", "qemu-server.fw"], reader.Header.Configs.Select(config => config.Name));
            var config = Encoding.UTF8.GetString(reader.Header.Configs[0].Data.Span);
            Assert.Contains("#qmdump#map:scsi0:drive-scsi0:local:raw:\n", config, StringComparison.Ordinal);
            Assert.Contains("name: sample-vm\n", config, StringComparison.Ordinal);
            Assert.DoesNotContain("lock:", config, StringComparison.Ordinal);
            Assert.Equal("drive-scsi0", Assert.Single(reader.Header.Devices).Name);
            using var target = VmaFileTarget.Create(restored, reader.Header.Devices[0].Size);
            await reader.ExtractAsync(_ => target, null, Cancellation);
        }

        Assert.Equal(await HashAsync(image), await HashAsync(restored));
        await Shell.RunAsync("e2fsck", "-fn", restored);
        Assert.Contains(events.Lines, line => line.StartsWith("INFO: backup is sparse:", StringComparison.Ordinal));
    }

    private static async Task<string> HashAsync(string path)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(stream, Cancellation));
    }
}
