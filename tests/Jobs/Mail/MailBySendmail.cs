using VzDump.Jobs.Mail;

namespace VzDump.Tests.Jobs.Mail;

public sealed class MailBySendmail : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Inbox => Path.Combine(_folder.Path, "inbox");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_hosts_sendmail_brings_it_to_every_recipient()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        var config = Path.Combine(_folder.Path, "msmtprc");
        await File.WriteAllTextAsync(config, $"account default\nhost 127.0.0.1\nport {server.Port}\ntls off\nauth off\n");
        await using var product = await StartAsync($"exec /usr/bin/msmtp -C '{config}' \"$@\"", "a@example.org", "b@example.org");
        var id = await product.RunAsync(says: "ein Punkt:\n.\nund weiter: Größe");

        var mail = await server.ReceivedAsync();

        Assert.Equal("backup@example.org", mail.Envelope.From);
        Assert.Equal(["a@example.org", "b@example.org"], mail.Envelope.To);
        Assert.Equal("vzdump backup status (pve1.example.org) : backup successful", mail.Message.Subject);
        Assert.Contains("und weiter: Größe", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Contains("und weiter: Größe", mail.Message.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(["INFO: mail sent to a@example.org, b@example.org"], await product.ToldAsync(id));
    }

    [Fact]
    public async Task Recipients_stand_behind_a_double_dash_and_the_message_comes_on_the_input()
    {
        var seen = Path.Combine(_folder.Path, "seen");
        await using var product = await StartAsync($"printf '%s\\n' \"$@\" > '{seen}.part'; cat > '{seen}.eml'; mv '{seen}.part' '{seen}'", "a@example.org", "root");
        await product.ToldAsync(await product.RunAsync());

        Assert.Equal(["-oi", "-f", "backup@example.org", "--", "a@example.org", "root"], await File.ReadAllLinesAsync(seen));
        Assert.DoesNotContain('\r', await File.ReadAllTextAsync(seen + ".eml"));
    }

    [Theory]
    [InlineData("echo 'no such user' >&2; exit 67", "could not be sent: 'sendmail' failed with exit code 67: no such user")]
    [InlineData("echo 'try later' >&2; exit 75", "could not be sent yet: 'sendmail' failed with exit code 75: try later; tried again in 1 minutes")]
    [InlineData("kill -9 $$", "could not be sent yet: 'sendmail' failed with ended by signal 9; tried again in 1 minutes")]
    public async Task How_it_failed_is_told(string script, string told)
    {
        await using var product = await StartAsync(script, "a@example.org");

        Assert.Equal($"WARN: mail to a@example.org {told}", Assert.Single(await product.ToldAsync(await product.RunAsync())));
    }

    [Fact]
    public async Task One_that_hangs_is_ended()
    {
        await using var product = await StartAsync("exec sleep 1000", "a@example.org");

        Assert.Contains("'sendmail' did not end within 3 seconds", Assert.Single(await product.ToldAsync(await product.RunAsync())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_one_is_told_what_to_install()
    {
        await using var product = await MailedProduct.StartAsync(_folder, _ => { }, programs: ["/nowhere"]);

        Assert.Equal(
            "WARN: mail to admin@example.org could not be sent: this host has no program 'sendmail': install one (e.g. apt-get install msmtp-mta), or set Mail:Server",
            Assert.Single(await product.ToldAsync(await product.RunAsync())));
    }

    private Task<Product> StartAsync(string script, params string[] to)
    {
        var programs = Directory.CreateDirectory(Path.Combine(_folder.Path, "bin")).FullName;
        var path = Path.Combine(programs, "sendmail");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return MailedProduct.StartAsync(_folder, options => options.Timeout = TimeSpan.FromSeconds(script.Contains("sleep", StringComparison.Ordinal) ? 3 : 60), to, programs: [programs, "/usr/bin", "/bin"]);
    }
}
