using CsCheck;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Tests.Engine.Configuration;

namespace VzDump.Tests.Engine.Backups;

public sealed class JobsConfigTests
{
    // As Proxmox VE 9 writes it, with what only newer versions know and a job of another type.
    private const string Text = """
        # cluster wide jobs
        vzdump: backup-0f4d6f9e-1234
        	comment nightly%3A all
        	schedule mon..fri 21:00
        	all 1
        	enabled 0
        	exclude 104,105
        	exclude-path /scratch
        	exclude-path /srv/old things
        	fleecing enabled=1,storage=fast
        	mailto root,a@b.example
        	mode snapshot
        	notes-template {{guestname}}
        	notification-mode auto
        	prune-backups keep-last=3
        	repeat-missed 1
        	storage nas

        realm-sync: ldap
        	schedule hourly
        	remove-vanished acl;entry

        vzdump: older
        	schedule sat 02:30
        	vmid 102,101
        	maxfiles 2

        """;

    [Fact]
    public void Jobs_are_read_with_all_their_options()
    {
        var config = JobsConfig.Parse(Text, "jobs.cfg");

        Same.Definition(
            new JobDefinition
            {
                Id = "backup-0f4d6f9e-1234",
                Job = BackupCommandLine.Parse("vzdump --exclude 104,105 --exclude-path /scratch --exclude-path '/srv/old things' --fleecing 1,storage=fast --mailto root,a@b.example --mode snapshot --notes-template '{{guestname}}' --prune-backups keep-last=3 --storage nas"),
                Schedule = "mon..fri 21:00",
                Enabled = false,
                Comment = "nightly: all",
                RepeatMissed = true,
            },
            config.Jobs[0]);
        Same.Definition(new JobDefinition { Id = "older", Job = BackupCommandLine.Parse("vzdump 101 102 --prune-backups keep-last=2"), Schedule = "sat 02:30" }, config.Jobs[1]);
        Assert.Equal(2, config.Jobs.Count);
        Assert.Empty(config.Problems);
        Assert.Equal(2, config.Notes.Count);
        Assert.StartsWith("jobs.cfg, line 14: the job 'backup-0f4d6f9e-1234' has an option 'notification-mode'", config.Notes[0], StringComparison.Ordinal);
        Assert.Contains("'maxfiles' is deprecated", config.Notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_job_changes_its_lines_only()
    {
        var config = JobsConfig.Parse(Text, "jobs.cfg");
        var job = config.Jobs[0];

        Assert.Equal(Text, config.With(job));
        Assert.Equal(Text.Replace("\tstorage nas", "\tstorage usb", StringComparison.Ordinal), config.With(job with { Job = job.Job with { Settings = job.Job.Settings with { Storage = "usb" } } }));
        Assert.Equal(Text.Replace("\tenabled 0\n", "", StringComparison.Ordinal), config.With(job with { Enabled = true }));
        Assert.Equal(
            Text.Replace("\tall 1\n", "", StringComparison.Ordinal).Replace("\texclude 104,105\n", "", StringComparison.Ordinal).Replace("\tstorage nas\n", "\tstorage nas\n\tpool web\n", StringComparison.Ordinal),
            config.With(job with { Job = job.Job with { Selection = new GuestSelection.Pool("web", []) } }));
        Assert.Equal(
            Text.Replace("\tmaxfiles 2\n", "\tprune-backups keep-daily=1\n", StringComparison.Ordinal),
            config.With(config.Jobs[1] with { Job = BackupCommandLine.Parse("vzdump 101 102 --prune-backups keep-daily=1") }));
        Assert.Equal(Text[Text.IndexOf("realm-sync", StringComparison.Ordinal)..], config.Without(job.Id)["# cluster wide jobs\n".Length..]);
        Assert.Equal(Text, config.Without("ldap"));
    }

    [Fact]
    public void A_written_job_is_read_back_whatever_stood_there_before() => Gen.Select(SettingsGen.Definition, SettingsGen.Definition).Sample(
        (before, job) =>
        {
            var text = JobsConfig.Parse(Text, "x").With(before);
            var again = JobsConfig.Parse(JobsConfig.Parse(text, "x").With(job), "x");

            Same.Definition(job, Assert.Single(again.Jobs, read => read.Id == job.Id));
            Assert.Equal(3, again.Jobs.Count);
            Assert.Equal(Text, again.Without(job.Id).TrimEnd('\n') + "\n");
        },
        iter: 500);

    [Fact]
    public void A_job_that_is_not_allowed_is_not_run_and_told_with_its_line_and_does_not_hide_the_others()
    {
        var config = JobsConfig.Parse("vzdump: a\n\tschedule daily\n\tvmid 101\n\tionice 9\n\nvzdump: b\n\tschedule daily\n\tvmid 102\n\nvzdump: c\n\tschedule feb 30\n\tvmid 101\n\tall 1\n\tenabled perhaps\n", "jobs.cfg");

        Assert.Equal("b", Assert.Single(config.Jobs).Id);
        Assert.Equal(
            ["jobs.cfg, line 4: the job 'a'", "jobs.cfg, line 14: the job 'c'", "jobs.cfg, line 13: the job 'c'", "jobs.cfg, line 11: the job 'c'"],
            config.Problems.Select(problem => string.Join(' ', problem.Split(' ').Take(6))));
        // Put right, it loses the lines that were wrong.
        Assert.Equal("vzdump: a\n\tschedule daily\n\tvmid 101\n\tionice 8\n", JobsConfig.Parse("vzdump: a\n\tschedule daily\n\tvmid 101\n\tionice 9\n", "x").With(
            new JobDefinition { Id = "a", Schedule = "daily", Job = BackupCommandLine.Parse("vzdump 101 --ionice 8") }));
    }

    [Fact]
    public void A_job_is_switched_off_by_one_line_whatever_else_stands_in_it()
    {
        const string odd = "vzdump: a\n\tschedule daily\n\tenabled perhaps\n\tfuture 1\n\tionice 9\n\nvzdump: b\n\tschedule daily\n\tall 1\n\nvzdump: c\n\tall 1\n\nsync: d\n\tschedule daily\n";
        var config = JobsConfig.Parse(odd, "jobs.cfg");

        Assert.Equal([true, true, false, false, false], ((string[])["a", "b", "c", "d", "gone"]).Select(config.IsOn));
        Assert.Equal(odd.Replace("enabled perhaps", "enabled 0", StringComparison.Ordinal), config.SwitchedOff("a"));
        Assert.False(JobsConfig.Parse(config.SwitchedOff("a"), "jobs.cfg").IsOn("a"));
        Assert.Equal(odd.Replace("daily\n\tall 1\n", "daily\n\tall 1\n\tenabled 0\n", StringComparison.Ordinal), config.SwitchedOff("b"));
        Assert.All(["c", "d", "gone"], id => Assert.Equal(odd, config.SwitchedOff(id)));
        Assert.Equal(["notification-mode"], JobsConfig.Parse(Text, "jobs.cfg").Unknown["backup-0f4d6f9e-1234"]);
        Assert.Empty(JobsConfig.Parse(Text, "jobs.cfg").Unknown["older"]);
    }

    [Fact]
    public void What_cannot_be_kept_is_refused()
    {
        var config = JobsConfig.Parse(Text, "jobs.cfg");
        var job = config.Jobs[0];

        Assert.Contains("taken by a job of the type 'realm-sync'", Refused(job with { Id = "ldap" }), StringComparison.Ordinal);
        Assert.Contains("'id'", Refused(job with { Id = "x y" }), StringComparison.Ordinal);
        Assert.Contains("'script'", Refused(job with { Job = job.Job with { Settings = new BackupSettings { Script = "" } } }), StringComparison.Ordinal);
        Assert.Contains("jobs.cfg, line 1", Assert.Throws<ProblemException>(() => JobsConfig.Parse("\tschedule daily\n", "jobs.cfg")).Message, StringComparison.Ordinal);

        string Refused(JobDefinition changed) => Assert.Throws<ProblemException>(() => config.With(changed)).Message;
    }

    [Fact]
    public void No_text_makes_the_readers_of_jobs_throw_anything_but_a_sentence_with_its_line() => FileText.Any.Sample(
        text =>
        {
            _ = CronConfig.Parse(text, "x");
            try
            {
                _ = JobsConfig.Parse(text, "x");
            }
            catch (ProblemException problem)
            {
                Assert.StartsWith("x, line ", problem.Message, StringComparison.Ordinal);
            }
        },
        iter: 2000);

    [Fact]
    public void Lines_of_vzdump_cron_become_jobs_and_the_others_stay_and_are_named()
    {
        const string text = "# cluster wide vzdump cron schedule\nPATH=\"/usr/sbin:/usr/bin:/sbin:/bin\"\n\n0 3 * * 6           root vzdump 101 --quiet 1 --exclude-path '/a b'\n30 22 * * *           root #vzdump --all 1 --quiet 1\n5 4 * * mon-wed,0 root /usr/sbin/vzdump --pool web\n*/5 * * * * root vzdump 101\n0 3 1 * * root vzdump 101\n0 3 * * 8 root vzdump 101\n0 3 * * 1 root vzdump 101 --future 1\n0 25 * * 1 root vzdump 101\n@daily root vzdump 101\n0 3 * * 1 root vzdump 101 --notes-template '100%'\n";

        var read = CronConfig.Parse(text, "vzdump.cron");

        Assert.Equal(["sat 03:00", "22:30", "mon,tue,wed,sun 04:05"], read.Jobs.Select(job => job.Schedule));
        Assert.Equal([true, false, true], read.Jobs.Select(job => job.Enabled));
        Same.Job(BackupCommandLine.Parse("vzdump 101 --quiet --exclude-path '/a b'"), read.Jobs[0].Job);
        Assert.All(read.Jobs, job => Assert.Empty(job.Problems()));
        Assert.Equal(["7", "8", "9", "10", "11", "12", "13"], read.Left.Select(left => left.Split(["line ", ":"], StringSplitOptions.None)[1]));
        Assert.Contains("'future'", read.Left[3], StringComparison.Ordinal);
        // Each one that is taken over is a comment then, and every other byte is as it was. A second time nothing more is found.
        var off = read.Jobs.Aggregate(text, (before, job) => CronConfig.SwitchedOff(before, job.Id));
        Assert.Equal(text, off.Replace("# taken over by VzDump.Web: ", "", StringComparison.Ordinal));
        Assert.Equal([4, 5, 6], off.Split('\n').Index().Where(line => line.Item.StartsWith("# taken over by ", StringComparison.Ordinal)).Select(line => line.Index + 1));
        Assert.Empty(CronConfig.Parse(off, "vzdump.cron").Jobs);
        Assert.Equal(text, CronConfig.SwitchedOff(text, "cron-unknown"));
    }
}
