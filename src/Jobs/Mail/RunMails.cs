using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace VzDump.Jobs.Mail;

/// <summary>What a run tells of itself for its mail. Neither call waits nor throws: mail is no reason for a backup to wait or to fail.</summary>
internal sealed class RunMails(MailOutbox outbox, ILogger<RunMails> logger)
{
    private readonly Channel<Guid> _over = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Runs whose end is recorded.</summary>
    public ChannelReader<Guid> Over => _over.Reader;

    public void Begins(Guid run)
    {
        try
        {
            outbox.Note(run);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.OutboxFailed(error, run);
        }
    }

    /// <summary>To be called when the end of the run is recorded.</summary>
    public void Ended(Guid run) => _over.Writer.TryWrite(run);
}
