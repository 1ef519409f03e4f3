using CsCheck;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Engine.Backups;

public sealed class BackupDefaultsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-conf-").FullName;

    private string Conf => Path.Combine(_folder, "vzdump.conf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Settings_are_read_and_comments_other_lines_and_keys_of_newer_versions_are_left_alone()
    {
        var settings = await ReadAsync("# storage: none\n#tmpdir: /x\n\nmode: stop\r\n  compress :zstd\nstorage:nas\nno setting\ntmpdir: /var/tmp/\nfuture-option: 17\nbwlimit: 1000\nstdexcludes: off\nexclude-path: /a '/b c'\nexclude-path: /c:d\nnotes-template: {{guestname}}: {{vmid}}\n");

        Assert.Equal((BackupMode.Stop, CompressionKind.Zstd, "nas", "/var/tmp"), (settings.Mode, settings.Compress, settings.Storage, settings.TemporaryFolder));
        Assert.Equal((1000L, false, "{{guestname}}: {{vmid}}"), (settings.BandwidthLimitKiB, settings.StandardExcludes, settings.NotesTemplate));
        Assert.Equal(["/a", "/b c", "/c:d"], settings.ExcludePaths);
    }

    [Fact]
    public async Task Without_the_file_nothing_is_set() =>
        Assert.Equal(new BackupSettings(), await Defaults().ReadAsync(TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("mode", "fast")]
    [InlineData("compress", "rar")]
    [InlineData("stdexcludes", "perhaps")]
    [InlineData("protected", "2")]
    [InlineData("remove", "")]
    [InlineData("ionice", "9")]
    [InlineData("ionice", "-1")]
    [InlineData("zstd", "1025")]
    [InlineData("pigz", "1.5")]
    [InlineData("lockwait", "2147483648")]
    [InlineData("stopwait", "ten")]
    [InlineData("bwlimit", "99999999999999999999")]
    [InlineData("bwlimit", "+5")]
    [InlineData("maxfiles", "-1")]
    [InlineData("prune-backups", "keep-often=3")]
    public async Task A_value_that_is_not_allowed_is_refused_with_file_line_key_and_value(string key, string value)
    {
        var problem = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync($"# comment\n\n{key}: {value}\nmode: stop\n"));

        Assert.StartsWith($"{Conf}, line 3: '{value}' is not allowed for '{key}': it takes ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_should_not_be_there_any_more_is_read_and_warned_about_with_its_line()
    {
        await File.WriteAllTextAsync(Conf, "mode: stop\nsize: 1024\nmaxfiles: 3\n", TestContext.Current.CancellationToken);
        var warnings = new List<string>();

        var settings = await Defaults().ReadAsync(warnings.Add, TestContext.Current.CancellationToken);

        Assert.Equal("keep-last=3", settings.Prune?.ToString());
        Assert.Equal([$"{Conf}, line 2: option 'size' is deprecated and has no effect: remove it.", $"{Conf}, line 3: option 'maxfiles' is deprecated: write 'prune-backups keep-last=N' instead."], warnings);
    }

    [Fact]
    public async Task A_notes_template_that_is_too_long_is_refused_with_its_line() =>
        Assert.Contains("line 1", (await Assert.ThrowsAsync<ProblemException>(() => ReadAsync($"notes-template: {new string('x', 1025)}"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Written_settings_are_read_back_whatever_the_file_held_before() => Gen.Select(SettingsGen.ForConf, SettingsGen.ForConf).Sample(
        (before, settings) =>
        {
            var text = BackupDefaults.Write("# mine\nfuture-option: 17\nmaxfiles: 3\nno setting", before, Conf);
            var again = BackupDefaults.Write(text, settings, Conf);

            Same.Settings(settings, BackupDefaults.Read(again, Conf));
            Assert.StartsWith("# mine\nfuture-option: 17\n", again, StringComparison.Ordinal);
            Assert.Contains("no setting\n", again + "\n", StringComparison.Ordinal);
            Assert.Equal(again, BackupDefaults.Write(again, settings, Conf));
        },
        iter: 1000);

    [Fact]
    public void Only_the_line_of_an_option_that_changes_is_written_anew()
    {
        const string text = "# storage: none\r\n\r\nmode : stop\r\nstdexcludes: off\r\nbwlimit:1000\r\n# the end\r\n";
        var settings = BackupDefaults.Read(text, Conf);

        Assert.Equal(text, BackupDefaults.Write(text, settings, Conf));
        Assert.Equal(text.Replace("bwlimit:1000", "bwlimit: 5", StringComparison.Ordinal), BackupDefaults.Write(text, settings with { BandwidthLimitKiB = 5 }, Conf));
        Assert.Equal(text.Replace("mode : stop\r\n", "", StringComparison.Ordinal), BackupDefaults.Write(text, settings with { Mode = null }, Conf));
        Assert.Equal(text + "ionice: 8\r\n", BackupDefaults.Write(text, settings with { IoNice = 8 }, Conf));
    }

    [Fact]
    public void What_would_not_be_allowed_or_not_read_back_is_not_written()
    {
        Assert.Contains("'ionice'", Assert.Throws<ProblemException>(() => BackupDefaults.Write("", new BackupSettings { IoNice = 9 }, Conf)).Message, StringComparison.Ordinal);
        Assert.Contains("'notes-template'", Assert.Throws<ProblemException>(() => BackupDefaults.Write("", new BackupSettings { NotesTemplate = " x" }, Conf)).Message, StringComparison.Ordinal);
        Assert.Contains($"{Conf}, line 1", Assert.Throws<ProblemException>(() => BackupDefaults.Write("mode: fast\n", new BackupSettings(), Conf)).Message, StringComparison.Ordinal);
    }

    private BackupDefaults Defaults() => new(new NodePaths(Options.Create(new EngineOptions { DataFolder = _folder, ProxmoxFolder = Path.Combine(_folder, "none") })));

    private async Task<BackupSettings> ReadAsync(string text)
    {
        await File.WriteAllTextAsync(Conf, text, TestContext.Current.CancellationToken);
        return await Defaults().ReadAsync(TestContext.Current.CancellationToken);
    }
}
