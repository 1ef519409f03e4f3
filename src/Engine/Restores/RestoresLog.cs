using Microsoft.Extensions.Logging;

namespace VzDump.Engine.Restores;

internal static partial class RestoresLog
{
    [LoggerMessage(LogLevel.Error, "Restore of guest {Guest} ended by a fault of the program")]
    public static partial void RestoreFault(this ILogger logger, Exception error, int guest);

    [LoggerMessage(LogLevel.Error, "Restore of guest {Guest}: {Step} failed, will be tried again")]
    public static partial void RestoreCleanUpFailed(this ILogger logger, Exception error, int guest, string step);
}
