using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using VzDump.Engine.Backups;
using VzDump.Engine.Restores;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs.Mail;

public sealed class MailIsSent : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Inbox => Path.Combine(_folder.Path, "inbox");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_report_of_a_run_arrives_with_both_parts_at_every_address()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        await using var product = await MailedProduct.StartAsync(_folder, To(server), ["admin@example.org", "root"]);
        var id = await product.RunAsync(says: "Größe: <b>" + new string('x', 100_000));

        var mail = await server.ReceivedAsync();

        Assert.Equal("vzdump backup status (pve1.example.org) : backup successful", mail.Message.Subject);
        Assert.Equal("\"vzdump backup tool\" <backup@example.org>", mail.Message.From.ToString());
        Assert.Equal(["admin@example.org", "root@pve1.example.org"], mail.Message.To.Mailboxes.Select(to => to.Address));
        Assert.Equal(("backup@example.org", 2, false, null), (mail.Envelope.From, mail.Envelope.To.Length, mail.Envelope.Tls, mail.Envelope.User));
        Assert.Equal("auto-generated", mail.Message.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal($"vzdump-run-{id:N}@example.org", mail.Message.MessageId);
        Assert.Contains("vzdump 101", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Contains(": Größe: <b>xxx", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Contains(": Größe: &lt;b&gt;xxx", mail.Message.HtmlBody, StringComparison.Ordinal);
        Assert.All(Encoding.Latin1.GetString(mail.Bytes).Split("\r\n"), line =>
        {
            Assert.InRange(line.Length, 0, 998);
            Assert.DoesNotContain('\n', line);
        });
        Assert.Equal(["INFO: mail sent to admin@example.org, root"], await product.ToldAsync(id));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "mail")));
    }

    [Fact]
    public async Task A_check_by_schedule_is_told_when_it_failed_and_one_by_hand_is_not()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        await using var product = await MailedProduct.StartAsync(_folder, To(server), more: services => services.AddSingleton<RunVerify>((path, guest, events, _) =>
        {
            TaskOutcome outcome = path.Contains("bad", StringComparison.Ordinal) ? new TaskOutcome.Failed("The file is not as it was written.", TimeSpan.Zero) : new TaskOutcome.Done(path, 1, TimeSpan.Zero);
            events.Report(new BackupEvent.TasksPlanned([new PlannedTask(guest, null, "web")]));
            events.Report(new BackupEvent.TaskFinished(guest, DateTimeOffset.UnixEpoch, outcome));
            return Task.FromResult(new RunResult([new TaskResult(guest, outcome)], (outcome as TaskOutcome.Failed)?.Reason));
        }));
        await product.WaitForAsync(await product.Runs.StartVerifyAsync("/dump/bad-1.tar", Product.Guest(101), "alice", CancellationToken.None), RunState.Failed);
        await ScheduleAsync("/dump/good.tar", RunState.Succeeded);
        await ScheduleAsync("/dump/bad-2.tar", RunState.Failed);

        var mail = await server.ReceivedAsync();

        Assert.Equal("vzdump check status (pve1.example.org) : check failed: The file is not as it was written.", mail.Message.Subject);
        Assert.Contains("check of the archive /dump/bad-2.tar", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Equal(1, server.Count);

        async Task ScheduleAsync(string path, RunState end)
        {
            var run = new Run
            {
                Id = Guid.NewGuid(),
                Job = Product.Job(101),
                Work = new RunWork.Verify(path),
                StartedBy = Run.Scheduler,
                Trigger = new RunTrigger.Schedule(DateTimeOffset.UnixEpoch),
                CreatedAt = TimeProvider.System.GetUtcNow(),
            };
            await product.Get<RunStarter>().StartAsync(run, CancellationToken.None);
            await product.WaitForAsync(run.Id, end);
        }
    }

    [Fact]
    public async Task A_restore_test_by_schedule_is_told_when_it_failed()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        await using var product = await MailedProduct.StartAsync(_folder, To(server), more: services => services.AddSingleton<RunTrial>((request, guest, events, _) =>
        {
            var outcome = new TaskOutcome.Failed("The container came up, and its init ended after 3 s.", TimeSpan.Zero);
            events.Report(new BackupEvent.TasksPlanned([new PlannedTask(guest, null, "web")]));
            events.Report(new BackupEvent.TaskFinished(guest, DateTimeOffset.UnixEpoch, outcome));
            return Task.FromResult(new RunResult([new TaskResult(guest, outcome)], outcome.Reason));
        }));
        var run = new Run
        {
            Id = Guid.NewGuid(),
            Job = Product.Job(101),
            Work = new RunWork.Trial(new TrialRequest { ArchivePath = "/dump/lost.tar" }),
            StartedBy = Run.Scheduler,
            Trigger = new RunTrigger.Schedule(DateTimeOffset.UnixEpoch),
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
        await product.Get<RunStarter>().StartAsync(run, CancellationToken.None);
        await product.WaitForAsync(run.Id, RunState.Failed);

        var mail = await server.ReceivedAsync();

        Assert.Equal("vzdump restore test status (pve1.example.org) : restore test failed: The container came up, and its init ended after 3 s.", mail.Message.Subject);
        Assert.Contains("restore test of the archive /dump/lost.tar", mail.Message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_only_failures_are_told_a_success_is_not_and_a_failure_is()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        await using var product = await MailedProduct.StartAsync(_folder, To(server), when: MailNotification.Failure);
        await product.RunAsync();
        await product.RunAsync(name: "<script>\r\nBcc: all@example.org", error: "no space\r\nleft", says: "no space left");

        var mail = await server.ReceivedAsync();

        Assert.Equal("vzdump backup status (pve1.example.org) : backup failed", mail.Message.Subject);
        Assert.Contains("err", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Null(mail.Message.Headers[HeaderId.Bcc]);
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task A_run_that_was_stopped_says_by_whom_in_its_subject()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        await using var product = await MailedProduct.StartAsync(_folder, To(server));
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        play.Plan(101);
        await product.Runs.CancelAsync(id, "bob\r\nBcc: all@example.org", CancellationToken.None);
        play.EndCancelled();

        var mail = await server.ReceivedAsync();

        Assert.Equal("vzdump backup status (pve1.example.org) : backup failed: multiple problems", mail.Message.Subject);
        Assert.Null(mail.Message.Headers[HeaderId.Bcc]);
        Assert.Contains("todo", mail.Message.TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailSecurity.StartTls)]
    [InlineData(MailSecurity.Implicit)]
    public async Task With_TLS_and_a_password_mail_arrives_when_the_named_authority_vouches_for_the_server(MailSecurity security)
    {
        var certificate = TestCertificate.Make(_folder.Path, "localhost");
        using var server = await SecureServerAsync(certificate, security);
        await using var product = await MailedProduct.StartAsync(_folder, options =>
        {
            Secure(server, security)(options);
            options.CaFile = certificate.Path;
        });
        await product.RunAsync();

        var envelope = (await server.ReceivedAsync()).Envelope;

        Assert.Equal((true, "backup"), (envelope.Tls, envelope.User));
    }

    [Theory]
    [InlineData("localhost", "the certificate of localhost:", "Name the authority that signed it in Mail:CaFile")]
    [InlineData("elsewhere.example.org", "it is made out to another name (CN=elsewhere.example.org)", "or correct Mail:Server")]
    public async Task A_server_that_nobody_vouches_for_gets_no_password_and_no_mail_and_the_log_says_why(string name, string why, string what)
    {
        var certificate = TestCertificate.Make(_folder.Path, name);
        using var server = await SecureServerAsync(certificate, MailSecurity.StartTls);
        await using var product = await MailedProduct.StartAsync(_folder, options =>
        {
            Secure(server, MailSecurity.StartTls)(options);
            options.CaFile = name == "localhost" ? null : certificate.Path;
        });

        var told = Assert.Single(await product.ToldAsync(await product.RunAsync()));

        Assert.StartsWith("WARN: mail to admin@example.org could not be sent: ", told, StringComparison.Ordinal);
        Assert.Contains(why, told, StringComparison.Ordinal);
        Assert.Contains(what, told, StringComparison.Ordinal);
        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task A_server_on_this_host_need_not_prove_itself_when_the_settings_say_so()
    {
        using var server = await SecureServerAsync(TestCertificate.Make(_folder.Path, "elsewhere.example.org"), MailSecurity.StartTls);
        await using var product = await MailedProduct.StartAsync(_folder, options =>
        {
            Secure(server, MailSecurity.StartTls)(options);
            options.CheckCertificate = false;
        });
        await product.RunAsync();

        Assert.True((await server.ReceivedAsync()).Envelope.Tls);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_not_tried_again()
    {
        var certificate = TestCertificate.Make(_folder.Path, "localhost");
        using var server = await SecureServerAsync(certificate, MailSecurity.StartTls);
        await using var product = await MailedProduct.StartAsync(_folder, options =>
        {
            Secure(server, MailSecurity.StartTls)(options);
            options.CaFile = certificate.Path;
            options.Password = "wrong";
        });

        Assert.Contains("does not accept Mail:User and Mail:Password", Assert.Single(await product.ToldAsync(await product.RunAsync())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_set_in_the_dashboard_holds_at_once_and_its_password_is_nowhere_readable()
    {
        using var server = await SmtpServer.StartAsync(Inbox, "--user", "backup", "--password", "geheim!");
        await using var product = await MailedProduct.StartAsync(_folder, options => options.Server = "nowhere.invalid");
        await product.Get<MailSettings>().SaveAsync(new MailOptions { Server = "127.0.0.1", Port = server.Port, User = "backup", Password = "geheim!" }, "ada", CancellationToken.None);

        Assert.Null(await product.Get<MailTrial>().SendAsync((await product.Get<MailSettings>().ReadAsync(CancellationToken.None)).Options, "root", CancellationToken.None));
        var trial = await server.ReceivedAsync();
        await product.RunAsync();
        var report = await server.ReceivedAsync(2);

        Assert.Equal("vzdump test mail (pve1.example.org)", trial.Message.Subject);
        Assert.Equal("root@pve1.example.org", Assert.Single(trial.Message.To.Mailboxes).Address);
        Assert.Equal("backup", report.Envelope.User);
        Assert.All(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("geheim!", Encoding.Latin1.GetString(ReadShared(file)), StringComparison.Ordinal));
    }

    private static byte[] ReadShared(string file)
    {
        using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var whole = new MemoryStream();
        source.CopyTo(whole);
        return whole.ToArray();
    }

    private static Action<MailOptions> To(SmtpServer server) => options => (options.Server, options.Port) = ("127.0.0.1", server.Port);

    private static Action<MailOptions> Secure(SmtpServer server, MailSecurity security) => options =>
    {
        (options.Server, options.Port, options.Security) = ("localhost", server.Port, security);
        (options.User, options.Password) = ("backup", "geheim");
    };

    private Task<SmtpServer> SecureServerAsync(TestCertificate certificate, MailSecurity security) => SmtpServer.StartAsync(
        Inbox, ["--certificate", certificate.Path, "--key", certificate.KeyPath, "--user", "backup", "--password", "geheim", .. security is MailSecurity.Implicit ? (string[])["--implicit"] : []]);
}
