using MimeKit;
using VzDump.Engine.Notifications;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Mail;

/// <summary>The report of a run as a mail.</summary>
internal static class RunMailMessage
{
    /// <summary>As people see it.</summary>
    public const string SenderName = "vzdump backup tool";

    public static async Task<MimeMessage> ComposeAsync(RunReport report, Run run, string sender, IReadOnlyList<string> recipients, DateTimeOffset now, CancellationToken cancellation)
    {
        var message = new MimeMessage
        {
            Subject = report.Subject,
            Date = now,

            // The same at each try, so that a mail that comes twice is seen to be one.
            MessageId = $"vzdump-run-{run.Id:N}@{sender[(sender.IndexOf('@', StringComparison.Ordinal) + 1)..]}",
            Body = new MultipartAlternative
            {
                await PartAsync("plain", output => TextReport.WriteAsync(report, output, cancellation)),
                await PartAsync("html", output => HtmlReport.WriteAsync(report, output, cancellation)),
            },
        };
        message.From.Add(new MailboxAddress(SenderName, sender));
        message.To.AddRange(recipients.Select(recipient => new MailboxAddress("", recipient)));

        // So that nobody's absence is answered to it (RFC 3834).
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        return message;
    }

    // The report is bounded, its logs to a mebibyte; quoted-printable passes every server and program unchanged.
    private static async Task<TextPart> PartAsync(string subtype, Func<Stream, Task> write)
    {
        var content = new MemoryStream();
        await write(content);
        content.Position = 0;
        var part = new TextPart(subtype) { Content = new MimeContent(content), ContentTransferEncoding = ContentEncoding.QuotedPrintable };
        part.ContentType.Charset = "utf-8";
        return part;
    }
}
