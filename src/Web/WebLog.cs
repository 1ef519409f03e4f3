namespace VzDump.Web;

/// <summary>What the web project logs. Names of people, never passwords or codes.</summary>
internal static partial class WebLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} was made the first administrator")]
    public static partial void FirstAdministratorMade(this ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A wrong one-time code was given")]
    public static partial void WrongOneTimeCode(this ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} signed in")]
    public static partial void SignedIn(this ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in from {Address} failed")]
    public static partial void SignInFailed(this ILogger logger, string? address);

    [LoggerMessage(Level = LogLevel.Error, Message = "A page could not read what it shows")]
    public static partial void PageFailed(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A backup that somebody asked for could not be started")]
    public static partial void BackupNotStarted(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A call of the API, {Path}, failed")]
    public static partial void ApiFailed(this ILogger logger, Exception error, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "What an earlier start left of guests could not be put right; the next backup tries again")]
    public static partial void RecoveryFailed(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sample guests could not be made")]
    public static partial void SamplesNotMade(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Disks that were unpacked to be looked into cannot be removed")]
    public static partial void DisksStay(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Uploads that nobody goes on with cannot be removed")]
    public static partial void UploadsStay(this ILogger logger, Exception error);
}
