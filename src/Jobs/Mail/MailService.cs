using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace VzDump.Jobs.Mail;

/// <summary>Sends the mail of each run that is over, beside whatever else goes on. At the start it goes on with what the last program left.</summary>
// Not a job of Hangfire's: backups would wait behind a mail server that does not answer, and its queue may be kept in memory only.
internal sealed class MailService(RunMails mails, MailOutbox outbox, MailDelivery delivery, ILogger<MailService> logger) : BackgroundService
{
    private readonly Dictionary<Guid, Task> _deliveries = [];
    private IReadOnlyList<Guid> _leftOver = [];

    // Looked at before the first run can begin, so that what is noted belongs to runs that are over.
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _leftOver = outbox.List();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.OutboxUnreadable(error);
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var run in _leftOver)
        {
            Begin(run, stoppingToken);
        }

        try
        {
            await foreach (var run in mails.Over.ReadAllAsync(stoppingToken))
            {
                Begin(run, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(_deliveries.Values);
        }
    }

    private void Begin(Guid run, CancellationToken cancellation)
    {
        foreach (var (over, _) in _deliveries.Where(delivery => delivery.Value.IsCompleted).ToList())
        {
            _deliveries.Remove(over);
        }

        // The end of a run may be told twice, by the run itself and by its queue.
        if (!_deliveries.ContainsKey(run))
        {
            _deliveries.Add(run, DeliverAsync(run, cancellation));
        }
    }

    private async Task DeliverAsync(Guid run, CancellationToken cancellation)
    {
        try
        {
            await Task.Yield();
            await delivery.DeliverAsync(run, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The note stays; the next start goes on.
        }
        catch (Exception error)
        {
            logger.MailThrew(error, run);
        }
    }
}
