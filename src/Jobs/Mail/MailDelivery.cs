using System.Globalization;
using Microsoft.Extensions.Logging;
using VzDump.Engine.Backups;
using VzDump.Engine.Notifications;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Jobs.Mail;

/// <summary>Brings the mail of one run to all its recipients, with growing pauses between the tries, and says in the run's log what came of it.</summary>
internal sealed class MailDelivery(
    RunStore store, FindNotificationRule findRule, RunReports reports, MailOutbox outbox, MailSettings settings, MailTransport transport,
    LateLines log, TimeProvider time, ILogger<MailDelivery> logger)
{
    // After six hours somebody has looked, or the server is gone for longer; and the dashboard has said it all along.
    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1), TimeSpan.FromHours(4)];

    // Found at a start: nobody waits for the mail of a night long ago.
    private static readonly TimeSpan OldestNews = TimeSpan.FromDays(2);

    /// <summary>Returns when every recipient has the mail, or will not get it. Cancelled, the next start goes on.</summary>
    public async Task DeliverAsync(Guid id, CancellationToken cancellation)
    {
        // Who stopped it in the queue knows.
        if (await store.FindAsync(id, cancellation) is not { State.IsFinal: true, IsMailed: true } run || run is { State: RunState.Cancelled, StartedAt: null })
        {
            outbox.Remove(id);
            return;
        }

        var rule = await findRule(run.Job, cancellation);
        var left = await outbox.ReadAsync(id, cancellation) is { Count: > 0 } rest ? rest : rule.Recipients;

        // Sound archives are no news, however many there are: the dashboard counts them.
        var wanted = (run.IsBackup && rule.When is MailNotification.Always) || reports.Of(run, rule.HostName, dashboard: null).Failed;
        if (wanted && left.Count > 0)
        {
            if (rule.Problem is { } problem)
            {
                log.Tell(run, LogLevel.Warn, $"mail: {problem}");
            }

            if (time.GetUtcNow() - run.FinishedAt > OldestNews)
            {
                log.Tell(run, LogLevel.Warn, $"mail to {string.Join(", ", left)} is not sent any more: the run was over more than two days ago");
            }
            else
            {
                await DeliverAsync(run, rule, left, cancellation);
            }
        }

        outbox.Remove(id);
    }

    private async Task DeliverAsync(Run run, NotificationRule rule, IReadOnlyList<string> recipients, CancellationToken cancellation)
    {
        var left = recipients;
        for (var tries = 1; ; tries++)
        {
            var attempt = await TryAsync(run, rule, left, cancellation);
            foreach (var refused in attempt.Refused.GroupBy(refused => refused.Reason, refused => refused.Recipient))
            {
                log.Tell(run, LogLevel.Warn, $"mail to {string.Join(", ", refused)} could not be sent: {refused.Key}");
            }

            var sent = left.Except(attempt.Deferred).Except(attempt.Refused.Select(refused => refused.Recipient)).ToList();
            if (sent.Count > 0)
            {
                log.Tell(run, LogLevel.Info, $"mail sent to {string.Join(", ", sent)}");
            }

            left = attempt.Deferred;
            if (left.Count == 0)
            {
                return;
            }

            await outbox.KeepAsync(run.Id, left, cancellation);
            if (tries > Pauses.Length)
            {
                log.Tell(run, LogLevel.Warn, string.Create(CultureInfo.InvariantCulture, $"mail to {string.Join(", ", left)} could not be sent: {attempt.Reason}; given up after {tries} tries"));
                return;
            }

            var pause = Pauses[tries - 1];
            log.Tell(run, LogLevel.Warn, string.Create(CultureInfo.InvariantCulture, $"mail to {string.Join(", ", left)} could not be sent yet: {attempt.Reason}; tried again in {pause.TotalMinutes:0} minutes"));
            await Task.Delay(pause, time, cancellation);
        }
    }

    private async Task<MailAttempt> TryAsync(Run run, NotificationRule rule, IReadOnlyList<string> recipients, CancellationToken cancellation)
    {
        try
        {
            var options = (await settings.ReadAsync(cancellation)).Options;
            var sender = MailTransport.AtHost(options.From ?? rule.Sender, rule.HostName);
            var message = await RunMailMessage.ComposeAsync(reports.Of(run, rule.HostName, options.Dashboard), run, sender, [.. recipients.Select(recipient => MailTransport.AtHost(recipient, rule.HostName))], time.GetLocalNow(), cancellation);
            return await transport.SendAsync(message, sender, recipients, rule.HostName, options, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // A section Mail that was changed to nonsense, a CA file that cannot be read, or a fault of ours.
            logger.MailThrew(error, run.Id);
            return MailAttempt.Later(recipients, error.Message);
        }
    }
}
