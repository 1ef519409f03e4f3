using Microsoft.Extensions.Logging;

namespace VzDump.Engine.Backups;

internal static partial class BackupsLog
{
    [LoggerMessage(Microsoft.Extensions.Logging.LogLevel.Error, "Backup of guest {Guest} ended by a fault of the program")]
    public static partial void TaskFault(this ILogger logger, Exception error, int guest);

    [LoggerMessage(Microsoft.Extensions.Logging.LogLevel.Warning, "Left by an earlier run, guest {Guest}: {What}")]
    public static partial void Recovered(this ILogger logger, int guest, string what);

    [LoggerMessage(Microsoft.Extensions.Logging.LogLevel.Error, "Left by an earlier run, guest {Guest}: {Step} failed, will be tried again")]
    public static partial void RecoveryFailed(this ILogger logger, Exception error, int guest, string step);
}
