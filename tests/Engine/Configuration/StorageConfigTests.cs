using VzDump.Engine;
using VzDump.Engine.Configuration;

namespace VzDump.Tests.Engine.Configuration;

public sealed class StorageConfigTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Storages_are_read_with_their_folders_and_what_they_hold()
    {
        var config = await ReadAsync("# comment\ndir: local\n\tpath /var/lib/vz\n\tcontent backup,iso\n\nnfs: nas\n\tserver 10.0.0.2\n\texport /backup\n\tcontent images\n\tdisable\n");

        Assert.Equal(["local", "nas"], config.Storages.Select(storage => storage.Name));
        Assert.Equal(("/var/lib/vz/dump", true, false), (config.Storages[0].ArchiveFolder, config.Storages[0].HoldsBackups, config.Storages[0].IsDisabled));
        Assert.Equal(("/mnt/pve/nas/dump", false, true), (config.Storages[1].ArchiveFolder, config.Storages[1].HoldsBackups, config.Storages[1].IsDisabled));
    }

    [Theory]
    [InlineData("local:100/vm-100-disk-0.raw", "/var/lib/vz/images/100/vm-100-disk-0.raw")]
    [InlineData("/dev/sdb", "/dev/sdb")]
    public async Task A_volume_has_its_path(string volume, string path) =>
        Assert.Equal(path, (await ReadAsync("dir: local\n\tpath /var/lib/vz\n")).VolumePath(volume));

    [Theory]
    [InlineData("local:../../etc/shadow")]
    [InlineData("local:100/..")]
    [InlineData("local:../x")]
    [InlineData("local:100/a/b")]
    [InlineData("local:vm-100-disk-0")]
    [InlineData("nowhere:100/disk")]
    [InlineData("local:")]
    [InlineData("garbage")]
    public async Task A_volume_that_leads_elsewhere_is_refused(string volume)
    {
        var config = await ReadAsync("dir: local\n\tpath /var/lib/vz\n");

        Assert.Throws<ProblemException>(() => config.VolumePath(volume));
    }

    [Theory]
    [InlineData("\tpath /x\n", "line 1")]
    [InlineData("dir: a\n\tpath /x\nnonsense\n", "line 3")]
    [InlineData("dir: a\ndir: a\n", "line 2")]
    public async Task A_broken_file_is_refused_with_its_name_and_line(string text, string line)
    {
        var problem = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(text));

        Assert.Contains($"{_file}, {line}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_text_is_refused()
    {
        await File.WriteAllBytesAsync(_file, [0x64, 0xff, 0xfe], TestContext.Current.CancellationToken);

        Assert.Contains("not UTF-8", (await Assert.ThrowsAsync<ProblemException>(() => StorageConfig.ReadAsync(_file, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var section = new ConfigSection("lxc", "102", new Dictionary<string, string> { ["folder"] = "/var/lib/lxc", ["name"] = "web" });

        var read = Assert.Single(SectionConfig.Parse(SectionConfig.Write([section]), "x"));

        Assert.Equal(("lxc", "102", "web"), (read.Type, read.Id, read["name"]));
    }

    private async Task<StorageConfig> ReadAsync(string text)
    {
        await File.WriteAllTextAsync(_file, text, TestContext.Current.CancellationToken);
        return await StorageConfig.ReadAsync(_file, TestContext.Current.CancellationToken);
    }
}
