using System.Net;
using System.Net.Sockets;
using VzDump.Engine.Backups;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Notifications;

/// <summary>Who is told of a run, and by whom.</summary>
/// <param name="Recipients">Addresses or users of this host; empty when nobody is told.</param>
/// <param name="Sender">Address or user of this host.</param>
/// <param name="HostName">Full name of this host.</param>
/// <param name="Problem">What of the configuration could not be read, so that this rule may lack something; null when nothing.</param>
public sealed record NotificationRule(IReadOnlyList<string> Recipients, MailNotification When, string Sender, string HostName, string? Problem);

/// <summary>Finds the rule for a job: its own words first, then those of vzdump.conf. Read when a run is over, and so never in its way.</summary>
public sealed class NotificationRules(BackupDefaults defaults, DatacenterConfig datacenter, TimeProvider time)
{
    private const string DefaultSender = "root";
    private static readonly TimeSpan NameLimit = TimeSpan.FromSeconds(5);

    public async Task<NotificationRule> ForAsync(BackupJob job, CancellationToken cancellation)
    {
        var (settings, problem) = await TryAsync(() => defaults.ReadAsync(cancellation), new BackupSettings());
        var (sender, second) = await TryAsync(() => datacenter.ReadSenderAsync(cancellation), null);
        return new NotificationRule(
            job.Settings.MailTo ?? settings.MailTo ?? [],
            job.Settings.MailNotification ?? settings.MailNotification ?? MailNotification.Always,
            sender ?? DefaultSender,
            await HostNameAsync(cancellation),
            problem ?? second);
    }

    // A broken file must not keep a failure from being told to those whom the job itself names.
    private static async Task<(T Value, string? Problem)> TryAsync<T>(Func<Task<T>> read, T otherwise)
    {
        try
        {
            return (await read(), null);
        }
        catch (ProblemException error)
        {
            return (otherwise, error.Message);
        }
    }

    private async Task<string> HostNameAsync(CancellationToken cancellation)
    {
        var name = Dns.GetHostName();
        using var limit = new CancellationTokenSource(NameLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var full = (await Dns.GetHostEntryAsync(name, either.Token)).HostName;
            return full.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase) ? full : name;
        }
        catch (Exception error) when (error is SocketException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return name;
        }
    }
}
