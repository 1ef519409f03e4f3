using System.Diagnostics;
using CsCheck;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Engine.Backups;

public sealed class BackupCommandLineTests
{
    [Fact]
    public void A_written_command_line_is_read_back_as_the_same_job() =>
        SettingsGen.Job.Sample(job => Same.Job(job, BackupCommandLine.Parse(BackupCommandLine.Of(job))), iter: 3000);

    [Fact]
    public void A_shell_reads_a_written_command_line_as_the_words_that_were_meant()
    {
        var words = SettingsGen.Line.Where(line => !line.Contains('\0', StringComparison.Ordinal)).Array[1, 5].Array[400].Single();

        var script = string.Concat(words.Select(line => $"printf '%s\\0' {ShellWords.Join(line)}\n"));

        Assert.Equal(words.SelectMany(line => line), Shell(script).Split('\0')[..^1]);
    }

    [Fact]
    public void Our_splitting_agrees_with_a_shells_on_quotes_and_backslashes()
    {
        // No bare newline and nothing that a shell would act on: only what it takes apart.
        var lines = SettingsGen.Of("a", "b c", "'", "\"", "\\", "\\\\", "\\\"", "\\'", "\\$", "$x", " ", "\t", "é", "#", "\\ ", "=")
            .Array[0, 10].Select(string.Concat).Array[3000].Single()
            .Where(line => ShellWords.TrySplit(line, out _, out _)).ToList();

        var script = string.Concat(lines.Select(line => $"printf '%s\\0' x {line}\n"));

        Assert.True(lines.Count > 300);
        Assert.Equal(lines.SelectMany(line => Split(line).Prepend("x")), Shell(script).Split('\0')[..^1]);
    }

    [Theory]
    [InlineData("vzdump 101 $HOME", "character 12")]
    [InlineData("vzdump 101; rm -rf /", "';' at character 11")]
    [InlineData("vzdump 101 --script \"`id`\"", "'`'")]
    [InlineData("vzdump 101 > /dev/null", "'>'")]
    [InlineData("vzdump 101 'x", "quote at character 12 is not closed")]
    [InlineData("vzdump 101 \"x", "quote at character 12 is not closed")]
    [InlineData("vzdump 101 \\", "ends with a backslash")]
    [InlineData("tar 101", "begins with 'vzdump'")]
    [InlineData("", "begins with 'vzdump'")]
    public void What_only_a_shell_could_do_is_refused_with_its_place(string line, string problem) =>
        Assert.Contains(problem, Assert.Throws<ProblemException>(() => BackupCommandLine.Parse(line)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("vzdump 102 00101 --mode=stop --compress zstd")]
    [InlineData("/usr/bin/vzdump 102 -mode stop 101 -compress=zstd")]
    [InlineData("vzdump --vmid 101,102 --compress zstd --mode 'st'\"op\" # nightly")]
    [InlineData("vzdump --mode stop --compress zstd -- 101 0 102 101")]
    public void Every_way_in_which_vzdump_takes_options_is_read(string line) => Same.Job(
        new BackupJob
        {
            Selection = new GuestSelection.Ids([GuestId.Parse("101"), GuestId.Parse("102")]),
            Settings = new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.Zstd },
        },
        BackupCommandLine.Parse(line));

    [Fact]
    public void A_flag_alone_is_1_and_lists_are_collected()
    {
        var job = BackupCommandLine.Parse("vzdump --all --quiet --protected 0 --exclude 104 --exclude '105;106' --exclude-path /a --exclude-path '/b\n/c' --mailto root --mailto=a@b.example,c@d.example --stdexcludes OFF --compress 1");

        Same.Job(
            new BackupJob
            {
                Selection = new GuestSelection.All([GuestId.Parse("104"), GuestId.Parse("105"), GuestId.Parse("106")]),
                Settings = new BackupSettings { Quiet = true, Protected = false, ExcludePaths = ["/a", "/b", "/c"], MailTo = ["root", "a@b.example", "c@d.example"], StandardExcludes = false, Compress = CompressionKind.Lzo },
            },
            job);
        Assert.Equal(101, Assert.Single(Assert.IsType<GuestSelection.Ids>(BackupCommandLine.Parse("vzdump --quiet 101").Selection).Guests).Value);
    }

    [Fact]
    public void Excluding_means_all_others_but_not_within_a_pool()
    {
        Assert.IsType<GuestSelection.All>(BackupCommandLine.Parse("vzdump --exclude 104").Selection);
        Assert.Equal("web", Assert.IsType<GuestSelection.Pool>(BackupCommandLine.Parse("vzdump --exclude 104 --pool web").Selection).Name);
    }

    [Theory]
    [InlineData("101 --all", "all")]
    [InlineData("101 --exclude 102", "exclude")]
    [InlineData("101 --pool web", "pool")]
    [InlineData("--all --pool web", "all")]
    [InlineData("101 --storage a --dumpdir /b", "dumpdir")]
    [InlineData("101 102 --stdout", "stdout")]
    [InlineData("--all --stdout", "stdout")]
    [InlineData("", "vmid")]
    [InlineData("--all 0", "vmid")]
    [InlineData("101 --ionice", "ionice")]
    [InlineData("101 --fast", "fast")]
    [InlineData("101 --schedule daily", "schedule")]
    [InlineData("101 --pool -x", "pool")]
    [InlineData("101 --mailto -oQ/tmp", "mailto")]
    [InlineData("101 --exclude 99", "exclude")]
    [InlineData("101 --dumpdir backup", "dumpdir")]
    [InlineData("101 --performance max-workers=257", "performance")]
    [InlineData("101 --fleecing perhaps", "fleecing")]
    [InlineData("101 --size 499", "size")]
    public void Each_problem_names_its_field(string options, string field)
    {
        Assert.False(BackupCommandLine.TryParse($"vzdump {options}", out _, out var problems, out _));
        Assert.Contains(field, problems.Select(problem => problem.Field));
        Assert.All(problems, problem => Assert.NotEmpty(problem.Message));
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once_and_an_unknown_option_is_named()
    {
        var said = Assert.Throws<ProblemException>(() => BackupCommandLine.Parse("vzdump 1x2 --ionice 9 --fast --storage a --dumpdir /b")).Message.Split('\n');

        Assert.Equal(
            [
                "strange VM ID '1x2': VMIDs are numbers from 100 to 999999999.",
                "'9' is not allowed for 'ionice': it takes a number from 0 to 8.",
                "Unknown option 'fast': vzdump has none of that name.",
                "cannot use both 'storage' and 'dumpdir': only one of them can say where the archives go.",
            ],
            said);
    }

    [Fact]
    public void Older_names_are_read_warned_about_and_never_written()
    {
        Assert.True(BackupCommandLine.TryParse("vzdump 101 --maxfiles 3 --size 1024", out var job, out _, out var warnings));

        Assert.Equal(["maxfiles", "size"], warnings.Select(warning => warning.Split('\'')[1]));
        Assert.Equal("vzdump 101 --prune-backups keep-last=3", BackupCommandLine.Of(job));
        Assert.Equal("vzdump 101 --prune-backups keep-daily=2", BackupCommandLine.Of(BackupCommandLine.Parse("vzdump 101 --prune-backups keep-daily=2 --maxfiles 3")));
    }

    [Fact]
    public void Stopping_the_running_backup_needs_no_guest() => Assert.Equal("vzdump --stop 1", BackupCommandLine.Of(BackupCommandLine.Parse("vzdump --stop")));

    private static IReadOnlyList<string> Split(string line) => ShellWords.TrySplit(line, out var words, out _) ? words : [];

    private static string Shell(string script)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, script);
            using var shell = Process.Start(new ProcessStartInfo("/bin/sh", file) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var output = shell.StandardOutput.ReadToEnd();
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
            return output;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
