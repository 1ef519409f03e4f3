namespace VzDump.Engine.Configuration;

/// <summary>What we need of <c>datacenter.cfg</c>.</summary>
public sealed class DatacenterConfig(NodePaths paths)
{
    /// <summary>The sender of mail, <c>email_from</c>; null when the file says nothing, or nothing that could be an address.</summary>
    /// <exception cref="ProblemException">The file cannot be read.</exception>
    // e.g. email_from: backup@example.org
    public async Task<string?> ReadSenderAsync(CancellationToken cancellation)
    {
        if (!File.Exists(paths.DatacenterConfig))
        {
            return null;
        }

        var sender = KeyedLines.Parse(await ConfigText.ReadAsync(paths.DatacenterConfig, cancellation)).Value("email_from");
        return sender is not null && MailRecipients.IsRecipient(sender) ? sender : null;
    }
}
