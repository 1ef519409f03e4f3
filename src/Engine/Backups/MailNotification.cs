namespace VzDump.Engine.Backups;

/// <summary>vzdump's <c>mailnotification</c>: after which runs mail is sent.</summary>
public enum MailNotification
{
    Always,

    /// <summary>Only when something failed.</summary>
    Failure,
}
