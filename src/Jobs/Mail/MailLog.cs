using Microsoft.Extensions.Logging;

namespace VzDump.Jobs.Mail;

internal static partial class MailLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: that mail is to be sent could not be noted; a crash would lose it")]
    public static partial void OutboxFailed(this ILogger logger, Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Which mail the last program left to be sent could not be read")]
    public static partial void OutboxUnreadable(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run}: its mail could not be made or sent")]
    public static partial void MailThrew(this ILogger logger, Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run}: {Told}")]
    public static partial void MailTold(this ILogger logger, Guid run, string told);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: {Told}")]
    public static partial void MailWarned(this ILogger logger, Guid run, string told);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: what became of its mail could not be written to its log")]
    public static partial void LateLineLost(this ILogger logger, Exception error, Guid run);
}
