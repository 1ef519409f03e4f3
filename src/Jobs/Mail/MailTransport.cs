using MimeKit;

namespace VzDump.Jobs.Mail;

/// <summary>Brings a message on its way as the settings say: by an SMTP server, else by the host's sendmail.</summary>
internal sealed class MailTransport(SmtpSending smtp, SendmailSending sendmail)
{
    /// <param name="hostName">For recipients that are a user of this host.</param>
    public async Task<MailAttempt> SendAsync(
        MimeMessage message, string sender, IReadOnlyList<string> recipients, string hostName, MailOptions options, CancellationToken cancellation)
    {
        if (options.Server is not { } server)
        {
            return await sendmail.SendAsync(message, sender, recipients, options, cancellation);
        }

        // The host's own mail program knows its users; a server elsewhere must be told where they are.
        var full = recipients.GroupBy(recipient => AtHost(recipient, hostName), StringComparer.OrdinalIgnoreCase).ToDictionary(same => same.Key, same => same.First(), StringComparer.OrdinalIgnoreCase);
        var attempt = await smtp.SendAsync(message, sender, [.. full.Keys], server, options, cancellation);
        return new MailAttempt(
            [.. attempt.Refused.Select(refused => (full[refused.Recipient], refused.Reason))],
            [.. attempt.Deferred.Select(recipient => full[recipient])],
            attempt.Reason);
    }

    public static string AtHost(string address, string host) => address.Contains('@', StringComparison.Ordinal) ? address : $"{address}@{host}";
}
