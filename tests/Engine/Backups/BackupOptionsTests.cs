using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Engine.Backups;

public sealed class BackupOptionsTests
{
    [Fact]
    public void Without_any_word_vzdumps_defaults_hold()
    {
        var options = BackupOptions.From(new BackupSettings(), new BackupSettings(), cores: 8);

        Assert.Equal(BackupMode.Snapshot, options.Mode);
        Assert.Equal("local", options.Storage);
        Assert.Equal(new CompressionSettings(CompressionKind.None, 1), options.Compression);
        Assert.True(options.BandwidthLimit.IsNone);
        Assert.Equal(7, options.IoNice);
        Assert.Equal(TimeSpan.FromHours(3), options.LockWait);
        Assert.Equal(TimeSpan.FromMinutes(10), options.StopWait);
        Assert.Equal(["/tmp/?*", "/var/tmp/?*", "/var/run/?*.pid"], options.Excludes);
    }

    [Fact]
    public void The_jobs_word_counts_before_that_of_vzdump_conf()
    {
        var options = BackupOptions.From(
            new BackupSettings { Mode = BackupMode.Stop, BandwidthLimitKiB = 0 },
            new BackupSettings { Mode = BackupMode.Suspend, BandwidthLimitKiB = 100, IoNice = 8 },
            cores: 8);

        Assert.Equal(BackupMode.Stop, options.Mode);
        Assert.True(options.BandwidthLimit.IsNone);
        Assert.Equal(8, options.IoNice);
    }

    [Fact]
    public void Storage_and_folder_fall_back_as_a_pair()
    {
        var options = BackupOptions.From(new BackupSettings { DumpFolder = "/backup" }, new BackupSettings { Storage = "nas" }, cores: 8);

        Assert.Null(options.Storage);
        Assert.Equal("/backup", options.DumpFolder);
    }

    [Fact]
    public void Excludes_of_all_sources_are_joined_the_standard_ones_last()
    {
        var options = BackupOptions.From(new BackupSettings { ExcludePaths = ["/job"] }, new BackupSettings { ExcludePaths = ["/conf"] }, cores: 8);

        Assert.Equal(["/conf", "/job", "/tmp/?*", "/var/tmp/?*", "/var/run/?*.pid"], options.Excludes);
        Assert.Equal(["/conf"], BackupOptions.From(new BackupSettings { StandardExcludes = false }, new BackupSettings { ExcludePaths = ["/conf"] }, cores: 8).Excludes);
    }

    [Fact]
    public void Storage_and_dumpdir_of_one_source_cannot_both_be_used()
    {
        var both = new BackupSettings { Storage = "nas", DumpFolder = "/backup" };

        Assert.Contains("cannot use both", Refused(both, new BackupSettings()), StringComparison.Ordinal);
        Assert.Contains("cannot use both", Refused(new BackupSettings(), both), StringComparison.Ordinal);
        BackupOptions.From(new BackupSettings { Storage = "nas" }, new BackupSettings { DumpFolder = "/backup" }, cores: 1).Check();
    }

    [Fact]
    public void Notes_and_protection_need_a_storage()
    {
        Assert.Contains("need a storage", Refused(new BackupSettings { DumpFolder = "/backup", NotesTemplate = "x" }, new BackupSettings()), StringComparison.Ordinal);
        Assert.Contains("need a storage", Refused(new BackupSettings { DumpFolder = "/backup" }, new BackupSettings { Protected = true }), StringComparison.Ordinal);
        BackupOptions.From(new BackupSettings { NotesTemplate = "x", Protected = true }, new BackupSettings(), cores: 1).Check();
    }

    [Fact]
    public void A_notes_template_is_one_line_of_at_most_1024_characters()
    {
        BackupOptions.From(new BackupSettings { NotesTemplate = new string('x', 1024) }, new BackupSettings(), cores: 1).Check();
        Assert.Contains("1024", Refused(new BackupSettings { NotesTemplate = new string('x', 1025) }, new BackupSettings()), StringComparison.Ordinal);
        Assert.Contains(@"write \n where", Refused(new BackupSettings { NotesTemplate = "one\ntwo" }, new BackupSettings()), StringComparison.Ordinal);
        Assert.Contains("one line", Refused(new BackupSettings { NotesTemplate = "one\rtwo" }, new BackupSettings()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipient_of_mail_that_is_no_address_is_refused_and_named() =>
        Assert.Contains("'mailto' holds '-oQ/tmp'", Refused(new BackupSettings(), new BackupSettings { MailTo = ["root", "-oQ/tmp"] }), StringComparison.Ordinal);

    [Theory]
    [InlineData(CompressionKind.Zstd, 0, 0, 4)]
    [InlineData(CompressionKind.Zstd, 1, 0, 1)]
    [InlineData(CompressionKind.Zstd, 6, 0, 6)]
    [InlineData(CompressionKind.Gzip, 1, 0, 1)]
    [InlineData(CompressionKind.Gzip, 1, 1, 4)]
    [InlineData(CompressionKind.Gzip, 1, 3, 3)]
    public void Threads_follow_vzdumps_rules(CompressionKind kind, int zstd, int pigz, int threads) =>
        Assert.Equal(threads, CompressionSettings.From(kind, zstd, pigz, cores: 8).Threads);

    [Fact]
    public void The_command_line_is_quoted_for_a_shell()
    {
        var job = new BackupJob
        {
            Selection = new GuestSelection.Ids([GuestId.Parse("102"), GuestId.Parse("00101")]),
            Settings = new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.Zstd, NotesTemplate = "it's $HOME {{vmid}}", ExcludePaths = ["/a b", "*.iso"], MailTo = ["root", "a@b.c"], MailNotification = MailNotification.Failure },
        };

        Assert.Equal(@"vzdump 101 102 --mode stop --compress zstd --exclude-path '/a b' --exclude-path '*.iso' --notes-template 'it'\''s $HOME {{vmid}}' --mailto root,a@b.c --mailnotification failure", BackupCommandLine.Of(job));
    }

    [Theory]
    [InlineData(512 * 1024, "512KB")]
    [InlineData(17 * 1024 * 1024 + 5, "17MB")]
    [InlineData(1536L * 1024 * 1024, "1.50GB")]
    [InlineData(1229L * 1024 * 1024 * 1024, "1.20TB")]
    public void Sizes_are_written_as_vzdump_does(long bytes, string text) => Assert.Equal(text, VzdumpFormat.Size(bytes));

    [Theory]
    [InlineData(67, "00:01:07")]
    [InlineData(100 * 3600, "100:00:00")]
    public void Times_are_written_as_vzdump_does(int seconds, string text) => Assert.Equal(text, VzdumpFormat.Time(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Notes_are_filled_once_whatever_a_guest_is_called()
    {
        var guest = new Guest { Id = GuestId.Parse("101"), Kind = GuestKind.Lxc, Name = @"{{vmid}}\n", ConfigPath = "" };

        Assert.Equal("101 " + @"{{vmid}}\n" + "\n" + @"\n {{unknown}}", NotesTemplate.Fill(@"{{vmid}} {{guestname}}\n\\n {{unknown}}", guest));
    }

    private static string Refused(BackupSettings job, BackupSettings defaults) =>
        Assert.Throws<ProblemException>(BackupOptions.From(job, defaults, cores: 1).Check).Message;
}
