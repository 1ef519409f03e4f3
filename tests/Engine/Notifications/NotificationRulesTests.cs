using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Notifications;

namespace VzDump.Tests.Engine.Notifications;

public sealed class NotificationRulesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-rules-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Without_any_word_nobody_is_told()
    {
        var rule = await FindAsync(new BackupSettings());

        Assert.Empty(rule.Recipients);
        Assert.Equal((MailNotification.Always, "root", null), (rule.When, rule.Sender, rule.Problem));
        Assert.NotEmpty(rule.HostName);
    }

    [Fact]
    public async Task The_jobs_word_counts_before_that_of_vzdump_conf_and_the_sender_is_that_of_datacenter_cfg()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "vzdump.conf"), "mailto: all@example.org\nmailnotification: failure\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "datacenter.cfg"), "keyboard: de\nemail_from: backup@example.org\n");

        var rule = await FindAsync(new BackupSettings { MailTo = ["me@example.org"] });

        Assert.Equal(["me@example.org"], rule.Recipients);
        Assert.Equal((MailNotification.Failure, "backup@example.org"), (rule.When, rule.Sender));
        Assert.Equal(["all@example.org"], (await FindAsync(new BackupSettings())).Recipients);
    }

    [Fact]
    public async Task A_broken_vzdump_conf_is_told_and_the_jobs_recipients_stay()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "vzdump.conf"), "mode: fast\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "datacenter.cfg"), "email_from: x@y.z\\nBcc: a@b.c\n");

        var rule = await FindAsync(new BackupSettings { MailTo = ["me@example.org"] });

        Assert.Equal(["me@example.org"], rule.Recipients);
        Assert.Equal("root", rule.Sender);
        Assert.Contains("vzdump.conf, line 1: 'fast' is not allowed for 'mode'", rule.Problem, StringComparison.Ordinal);
    }

    private Task<NotificationRule> FindAsync(BackupSettings settings)
    {
        var paths = new NodePaths(Options.Create(new EngineOptions { DataFolder = _folder, ProxmoxFolder = "/nowhere" }));
        var job = new BackupJob { Selection = new GuestSelection.All([]), Settings = settings };
        return new NotificationRules(new BackupDefaults(paths), new DatacenterConfig(paths), TimeProvider.System).ForAsync(job, TestContext.Current.CancellationToken);
    }
}
