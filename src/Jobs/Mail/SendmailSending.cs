using MimeKit;
using VzDump.Engine;
using VzDump.Engine.Host;

namespace VzDump.Jobs.Mail;

/// <summary>Hands mail to the host's <c>sendmail</c>, which every mail program of Debian provides. It queues and retries by itself.</summary>
internal sealed class SendmailSending(HostPrograms programs, TimeProvider time)
{
    // sysexits.h: wrong use, wrong data, no such user, no permission, wrong configuration. Another try would end the same way.
    private static readonly int[] ForGood = [64, 65, 67, 77, 78];

    public async Task<MailAttempt> SendAsync(MimeMessage message, string sender, IReadOnlyList<string> recipients, MailOptions options, CancellationToken cancellation)
    {
        if (programs.Find(options.Sendmail) is null)
        {
            return MailAttempt.Never(recipients, $"this host has no program '{options.Sendmail}': install one (e.g. apt-get install msmtp-mta), or set Mail:Server");
        }

        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await RunAsync(message, sender, recipients, options, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return MailAttempt.Later(recipients, $"'{options.Sendmail}' did not end within {options.Timeout.TotalSeconds:0} seconds");
        }
        catch (ProblemException error)
        {
            return MailAttempt.Later(recipients, error.Message);
        }
    }

    private async Task<MailAttempt> RunAsync(MimeMessage message, string sender, IReadOnlyList<string> recipients, MailOptions options, CancellationToken cancellation)
    {
        // -oi: a line with a dot alone does not end the message. Behind -- nothing is an option.
        string? complaint = null;
        await using var program = programs.Start(new HostCommand(options.Sendmail, ["-oi", "-f", sender, "--", .. recipients]), line => complaint ??= line.Trim() is { Length: > 0 } said ? said : null);
        try
        {
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Unix;
            await message.WriteToAsync(format, program.Input, cancellation);
            program.Input.Close();
        }
        catch (IOException)
        {
            // It ended before it had read all; its exit says why.
        }

        var exit = await program.Exit.WaitAsync(cancellation);
        await program.ErrorLinesRead.WaitAsync(cancellation);
        if (exit.Succeeded)
        {
            return MailAttempt.Sent;
        }

        var reason = $"'{options.Sendmail}' failed with {exit}{(complaint is null ? "" : $": {complaint}")}";
        return ForGood.Contains(exit.Code) ? MailAttempt.Never(recipients, reason) : MailAttempt.Later(recipients, reason);
    }
}
