using MimeKit;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Jobs.Mail;

/// <summary>Sends a mail that says nothing but that it arrives.</summary>
public sealed class MailTrial
{
    private readonly FindNotificationRule _findRule;
    private readonly MailTransport _transport;
    private readonly TimeProvider _time;

    internal MailTrial(FindNotificationRule findRule, MailTransport transport, TimeProvider time)
    {
        _findRule = findRule;
        _transport = transport;
        _time = time;
    }

    /// <summary>Once, with these settings, saved or not. Null when the next server or program took it; else a sentence about what went wrong.</summary>
    public async Task<string?> SendAsync(MailOptions options, string recipient, CancellationToken cancellation)
    {
        var rule = await _findRule(new BackupJob { Selection = new GuestSelection.All([]) }, cancellation);
        var sender = MailTransport.AtHost(options.From ?? rule.Sender, rule.HostName);
        using var message = new MimeMessage
        {
            Subject = $"vzdump test mail ({rule.HostName})",
            Date = _time.GetLocalNow(),
            Body = new TextPart("plain") { Text = $"Reports about the backups of {rule.HostName} will arrive here like this one.\n" },
        };
        message.From.Add(new MailboxAddress(RunMailMessage.SenderName, sender));
        message.To.Add(new MailboxAddress("", MailTransport.AtHost(recipient, rule.HostName)));
        var attempt = await _transport.SendAsync(message, sender, [recipient], rule.HostName, options, cancellation);
        return attempt.Refused is [{ Reason: var reason }, ..] ? reason : attempt.Deferred.Count > 0 ? attempt.Reason : null;
    }
}
