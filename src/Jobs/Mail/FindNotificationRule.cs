using VzDump.Engine.Backups;
using VzDump.Engine.Notifications;

namespace VzDump.Jobs.Mail;

/// <summary>Who is told of a run of this job: in the product the engine's <see cref="NotificationRules.ForAsync"/>.</summary>
public delegate Task<NotificationRule> FindNotificationRule(BackupJob job, CancellationToken cancellation);
