namespace VzDump.Jobs.Mail;

/// <summary>What came of one try to send.</summary>
/// <param name="Refused">Who will never get it, each with the reason.</param>
/// <param name="Deferred">Who may get it later.</param>
/// <param name="Reason">Why not now; null when nobody is deferred.</param>
internal sealed record MailAttempt(IReadOnlyList<(string Recipient, string Reason)> Refused, IReadOnlyList<string> Deferred, string? Reason)
{
    public static MailAttempt Sent { get; } = new([], [], null);

    public static MailAttempt Later(IReadOnlyList<string> recipients, string reason) => new([], recipients, reason);

    public static MailAttempt Never(IReadOnlyList<string> recipients, string reason) => new([.. recipients.Select(recipient => (recipient, reason))], [], null);
}
