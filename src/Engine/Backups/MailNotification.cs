namespace VzDump.Engine.Backups;

/// <summary>vzdump's <c>mailnotification</c>: when a run is told about.</summary>
public enum MailNotification
{
    Always,

    /// <summary>Only when something failed.</summary>
    Failure,
}
