using CsCheck;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;

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
            Settings = new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.Zstd, NotesTemplate = "it's $HOME {{vmid}}", ExcludePaths = ["/a b", "*.iso"] },
        };

        Assert.Equal(@"vzdump 101 102 --mode stop --compress zstd --exclude-path '/a b' --exclude-path '*.iso' --notes-template 'it'\''s $HOME {{vmid}}'", BackupCommandLine.Of(job));
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

        Assert.Equal("101 " + @"{{vmid}}\n" + "\n" + @"\n {{unknown}}", NotesTemplate.Fill(@"{{vmid}} {{guestname}}\n\\n {{unknown}}", guest, "office"));
    }

    [Fact]
    public void Every_value_says_where_it_comes_from()
    {
        var job = new BackupSettings { Mode = BackupMode.Stop, ExcludePaths = ["/job"], Performance = new PerformanceSettings(PbsEntriesMax: 9) };
        var conf = new BackupSettings { DumpFolder = "/backup", Mode = BackupMode.Suspend, IoNice = 8, ExcludePaths = ["/conf"], Performance = new PerformanceSettings(4, 5) };
        var storage = new BackupStorage(null, "/backup") { Prune = new KeepPolicy { Last = 3 } };

        var options = BackupOptions.From(job, conf, cores: 1).EffectiveOn(storage).ToLookup(option => option.Name, option => (option.Text, option.Origin));

        Assert.Equal(("stop", OptionOrigin.Job), Assert.Single(options["mode"]));
        Assert.Equal(("8", OptionOrigin.VzdumpConf), Assert.Single(options["ionice"]));
        Assert.Equal(("180", OptionOrigin.BuiltIn), Assert.Single(options["lockwait"]));
        Assert.Equal(("keep-last=3", OptionOrigin.Storage), Assert.Single(options["prune-backups"]));
        Assert.Equal(("/backup", OptionOrigin.VzdumpConf), Assert.Single(options["dumpdir"]));
        Assert.Empty(options["storage"]);
        Assert.Empty(options["tmpdir"]);
        Assert.Equal([("/conf", OptionOrigin.VzdumpConf), ("/job", OptionOrigin.Job), ("/tmp/?*", OptionOrigin.BuiltIn)], options["exclude-path"].Take(3));
        Assert.Equal([("max-workers=4", OptionOrigin.VzdumpConf), ("pbs-entries-max=9", OptionOrigin.Job)], options["performance"]);
    }

    [Fact]
    public void What_is_told_to_hold_is_what_holds() => Gen.Select(SettingsGen.Settings, SettingsGen.Settings).Sample(
        (job, conf) =>
        {
            var options = BackupOptions.From(job, conf, cores: 8);

            // Everything that is said to hold, as one job's word, needs no other source.
            var told = options.EffectiveOn(null).Aggregate(new BackupSettings(), (settings, option) => option.Name switch
            {
                "performance" => settings with { Performance = PerformanceSettings.TryParse(option.Text)!.Over(settings.Performance) },
                _ => VzdumpOptions.Find(option.Name)!.With(settings, option.Text)!,
            });
            var again = BackupOptions.From(told with { StandardExcludes = false }, new BackupSettings(), cores: 8);

            Assert.Equal(options.Excludes, again.Excludes);
            Assert.Equal(options.MailTo, again.MailTo);
            Assert.Equal(options.PruneOn(new BackupStorage(null, "/")), again.PruneOn(new BackupStorage(null, "/")));
            Assert.Equal(Comparable(options), Comparable(again));
        },
        iter: 1000);

    [Theory]
    [InlineData(-1, null)]
    [InlineData(9, null)]
    [InlineData(null, "no\nline")]
    public void A_value_out_of_its_limits_is_refused_wherever_it_comes_from(int? ioNice, string? notes)
    {
        var settings = new BackupSettings { IoNice = ioNice, NotesTemplate = notes };
        var field = ioNice is null ? "notes-template" : "ionice";

        Assert.Equal([field], settings.Problems().Select(problem => problem.Field));
        Assert.Equal([field], BackupOptions.From(new BackupSettings(), settings, cores: 1).Problems.Select(problem => problem.Field));
        Assert.Equal(["notes-template"], new BackupSettings { NotesTemplate = "half a \ud83d letter" }.Problems().Select(problem => problem.Field));
        Assert.StartsWith("vzdump.conf: ", Refused(new BackupSettings(), settings), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_with_a_job_is_told_at_once_and_by_field()
    {
        var job = new JobDefinition
        {
            Id = "no good",
            Job = new BackupJob
            {
                Selection = new GuestSelection.All([]),
                Settings = new BackupSettings { IoNice = 9, Storage = "a", DumpFolder = "/b", Stdout = true, Fleecing = new FleecingSettings(true, "x y"), MailTo = ["-oQ/tmp"], ExcludePaths = [""] },
            },
            Schedule = "feb 30",
            Comment = new string('x', JobDefinition.LongestComment + 1),
        };

        Assert.Equal(
            ["comment", "dumpdir", "exclude-path", "fleecing", "id", "ionice", "mailto", "schedule", "stdout"],
            job.Problems().Select(problem => problem.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_one_source_asks_for_and_another_makes_impossible_is_refused()
    {
        Assert.Contains("'stdout'", Assert.Single(BackupOptions.From(new BackupJob { Selection = new GuestSelection.All([]) }, new BackupSettings { Stdout = true }, cores: 1).Problems).Message, StringComparison.Ordinal);
        Assert.Equal(
            ["notes-template", "protected"],
            BackupOptions.From(new BackupSettings { DumpFolder = "/b", NotesTemplate = "x" }, new BackupSettings { Protected = true }, cores: 1).Problems.Select(problem => problem.Field));
    }

    [Fact]
    public void Every_option_has_help_and_a_default_that_it_takes()
    {
        Assert.All(VzdumpOptions.All, option => Assert.EndsWith(".", option.Help, StringComparison.Ordinal));
        Assert.All(VzdumpOptions.OfSettings.Where(option => option.BuiltIn is not null), option => Assert.NotNull(option.With(new BackupSettings(), option.BuiltIn!)));
        Assert.Equal(VzdumpOptions.All.Count, VzdumpOptions.All.Select(option => option.Name).Distinct().Count());
    }

    private static BackupOptions Comparable(BackupOptions options) => new()
    {
        Mode = options.Mode,
        Storage = options.Storage,
        DumpFolder = options.DumpFolder,
        TemporaryFolder = options.TemporaryFolder,
        Compression = options.Compression,
        BandwidthLimit = options.BandwidthLimit,
        IoNice = options.IoNice,
        LockWait = options.LockWait,
        StopWait = options.StopWait,
        Script = options.Script,
        NotesTemplate = options.NotesTemplate,
        Protected = options.Protected,
        Remove = options.Remove,
        Node = options.Node,
        StopRunning = options.StopRunning,
        MaxWorkers = options.MaxWorkers,
        Fleecing = options.Fleecing,
        MailNotification = options.MailNotification,
        Quiet = options.Quiet,
        Stdout = options.Stdout,
        Excludes = [],
        MailTo = [],
    };

    private static string Refused(BackupSettings job, BackupSettings defaults) =>
        Assert.Throws<ProblemException>(BackupOptions.From(job, defaults, cores: 1).Check).Message;
}
