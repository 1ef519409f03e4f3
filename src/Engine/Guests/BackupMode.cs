namespace VzDump.Engine.Guests;

/// <summary>How a running guest is brought to a consistent state, in vzdump's words.</summary>
public enum BackupMode
{
    Snapshot,
    Suspend,
    Stop,
}

public static class BackupModeNames
{
    extension(BackupMode mode)
    {
        /// <summary>vzdump's word, as it stands in options, logs and hook arguments.</summary>
        public string VzdumpName => mode switch
        {
            BackupMode.Snapshot => "snapshot",
            BackupMode.Suspend => "suspend",
            _ => "stop",
        };
    }
}
