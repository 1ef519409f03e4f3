using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

public static class LogLevelNames
{
    extension(LogLevel level)
    {
        /// <summary>vzdump's word, as it stands in log files.</summary>
        public string VzdumpName => level switch
        {
            LogLevel.Info => "INFO",
            LogLevel.Warn => "WARN",
            _ => "ERROR",
        };

        /// <summary>What the system log calls it.</summary>
        internal SystemLogSeverity Severity => level switch
        {
            LogLevel.Info => SystemLogSeverity.Info,
            LogLevel.Warn => SystemLogSeverity.Warning,
            _ => SystemLogSeverity.Error,
        };
    }
}
