using System.Globalization;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace VzDump.Jobs.Mail;

/// <summary>Sends mail by an SMTP server.</summary>
internal sealed class SmtpSending(TimeProvider time)
{
    public async Task<MailAttempt> SendAsync(MimeMessage message, string sender, IReadOnlyList<string> recipients, string host, MailOptions options, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        // Ours is the limit that speaks; the library's own is the second line.
        using var client = new PatientClient { Timeout = (int)(options.Timeout * 2).TotalMilliseconds };
        using var trust = ServerTrust.Of(options);
        client.ServerCertificateValidationCallback = trust.Accepts;

        // Authorities of a house seldom publish what they revoke, and mail that waits for such a list does not arrive.
        client.CheckCertificateRevocation = false;
        var server = string.Create(CultureInfo.InvariantCulture, $"{host}:{options.UsedPort}");
        try
        {
            await client.ConnectAsync(host, options.UsedPort, Security(options), either.Token);
            if (options is { User: { } user, Password: { } password })
            {
                await client.AuthenticateAsync(user, password, either.Token);
            }

            await client.SendAsync(message, new MailboxAddress("", sender), recipients.Select(recipient => new MailboxAddress("", recipient)), either.Token);
            await TryQuitAsync(client, either.Token);
            return client.AttemptOf();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return MailAttempt.Later(recipients, $"{server} did not finish within {options.Timeout.TotalSeconds:0} seconds");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return client.RefusedAll(recipients) ? client.AttemptOf() : Judge(error, server, trust, recipients);
        }
    }

    private static MailAttempt Judge(Exception error, string server, ServerTrust trust, IReadOnlyList<string> recipients) => error switch
    {
        SslHandshakeException when trust.Complaint is { } complaint => MailAttempt.Never(
            recipients,
            $"the certificate of {server} was not accepted: {complaint}. Name the authority that signed it in Mail:CaFile, or correct Mail:Server"),
        SslHandshakeException => MailAttempt.Never(recipients, $"{server} does not speak TLS here ({error.Message}): see Mail:Security and Mail:Port"),
        AuthenticationException => MailAttempt.Never(recipients, $"{server} does not accept Mail:User and Mail:Password ({error.Message})"),
        ServiceNotAuthenticatedException => MailAttempt.Never(recipients, $"{server} wants to know who sends: set Mail:User and Mail:Password"),
        NotSupportedException => MailAttempt.Never(recipients, $"{server} does not offer what is asked of it: {error.Message}"),
        SmtpCommandException { StatusCode: var status } when (int)status is >= 500 => MailAttempt.Never(recipients, $"{server} refuses it: {Text((int)status, error.Message)}"),
        SmtpCommandException { StatusCode: var status } => MailAttempt.Later(recipients, $"{server} cannot take it now: {Text((int)status, error.Message)}"),
        SocketException or IOException or ProtocolException => MailAttempt.Later(recipients, $"{server} cannot be reached: {error.Message}"),
        _ => MailAttempt.Later(recipients, $"{server}: {error.Message}"),
    };

    private static string Text(int status, string message) => string.Create(CultureInfo.InvariantCulture, $"{status} {message}");

    private static SecureSocketOptions Security(MailOptions options) => options.UsedSecurity switch
    {
        MailSecurity.None => SecureSocketOptions.None,
        MailSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.SslOnConnect,
    };

    // The message is the server's by now. What goes wrong with the good-bye must not send it twice.
    private static async Task TryQuitAsync(SmtpClient client, CancellationToken cancellation)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellation);
        }
        catch (Exception)
        {
            // It closes the connection on being disposed.
        }
    }

    /// <summary>Goes on when one of several recipients is not accepted: the others get their mail.</summary>
    private sealed class PatientClient : SmtpClient
    {
        private readonly List<(string Recipient, SmtpResponse Response)> _notAccepted = [];

        public bool RefusedAll(IReadOnlyList<string> recipients) => recipients.All(recipient => _notAccepted.Exists(other => other.Recipient == recipient));

        public MailAttempt AttemptOf()
        {
            var later = _notAccepted.Where(other => (int)other.Response.StatusCode < 500).ToList();
            return new MailAttempt(
                [.. _notAccepted.Except(later).Select(other => (other.Recipient, Text((int)other.Response.StatusCode, other.Response.Response)))],
                [.. later.Select(other => other.Recipient)],
                later is [var first, ..] ? Text((int)first.Response.StatusCode, first.Response.Response) : null);
        }

        protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => _notAccepted.Add((mailbox.Address, response));
    }
}
