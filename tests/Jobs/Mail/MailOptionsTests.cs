using System.ComponentModel.DataAnnotations;
using VzDump.Jobs.Mail;

namespace VzDump.Tests.Jobs.Mail;

public sealed class MailOptionsTests
{
    [Fact]
    public void Without_any_setting_the_hosts_sendmail_is_used() => Assert.Empty(Check(new MailOptions()));

    [Theory]
    [InlineData(null, null, "mail.example.org", MailSecurity.StartTls, 587)]
    [InlineData(MailSecurity.Implicit, null, "mail.example.org", MailSecurity.Implicit, 465)]
    [InlineData(MailSecurity.None, null, "mail.example.org", MailSecurity.None, 25)]
    [InlineData(null, null, "127.0.0.1", MailSecurity.None, 25)]
    [InlineData(null, 2525, "localhost", MailSecurity.None, 2525)]
    public void Port_and_security_follow_the_server(MailSecurity? security, int? port, string server, MailSecurity used, int usedPort)
    {
        var options = new MailOptions { Server = server, Security = security, Port = port };

        Assert.Empty(Check(options));
        Assert.Equal((used, usedPort), (options.UsedSecurity, options.UsedPort));
    }

    [Fact]
    public void What_cannot_work_or_is_not_safe_is_refused_with_what_to_do()
    {
        Assert.Contains("cross the network in the clear", Check(new MailOptions { Server = "mail.example.org", Security = MailSecurity.None, User = "u", Password = "p" }), StringComparison.Ordinal);
        Assert.Contains("Mail:CaFile", Check(new MailOptions { Server = "mail.example.org", CheckCertificate = false }), StringComparison.Ordinal);
        Assert.Contains("belong together", Check(new MailOptions { Server = "mail.example.org", User = "u" }), StringComparison.Ordinal);
        Assert.Contains("no mail address", Check(new MailOptions { From = "a@b.c\r\nBcc: d@e.f" }), StringComparison.Ordinal);
        Assert.Contains("no name and no address", Check(new MailOptions { Server = "http://mail" }), StringComparison.Ordinal);
        Assert.Contains("http://", Check(new MailOptions { Dashboard = new Uri("ftp://mail") }), StringComparison.Ordinal);
        Assert.Contains("Port", Check(new MailOptions { Port = 70_000 }), StringComparison.Ordinal);
        Assert.Contains("Timeout", Check(new MailOptions { Timeout = TimeSpan.Zero }), StringComparison.Ordinal);
    }

    private static string Check(MailOptions options)
    {
        var problems = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true);
        return string.Join(' ', problems.Select(problem => problem.ErrorMessage));
    }
}
