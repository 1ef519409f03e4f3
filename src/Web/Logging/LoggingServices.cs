using Serilog;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;
using VzDump.Web.Shell;

namespace VzDump.Web.Logging;

internal static class LoggingServices
{
    // e.g. 03:00:07 WRN Guest 101 failed: no space left [run 0198c1f2-7d3c-7c51-9b0e-0a4f5f6a7b8c]
    private const string Line = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{Where:l}{NewLine}{Exception}";

    // A program that logs without end must not fill the disk that guests' archives go to.
    private const long LargestFile = 256L * 1024 * 1024;
    private const int KeptFiles = 31;

    extension(WebApplicationBuilder builder)
    {
        /// <summary>Lines for people on the console, and as JSON in a file a day; run and guest in each.</summary>
        public void UseLogs(DataFolder data)
        {
            var levels = LogLevels.From(builder.Configuration);
            var secrets = KnownSecrets.From(builder.Configuration);
            builder.Services.AddSingleton(levels).AddSingleton(secrets);
            builder.Services.AddSerilog(log => log.WriteToConsoleAndFiles(builder.Configuration, levels, secrets, data.LogFile));
        }
    }

    extension(LoggerConfiguration log)
    {
        internal LoggerConfiguration WriteToConsoleAndFiles(IConfiguration configuration, LogLevels levels, KnownSecrets secrets, string file)
        {
            log.ReadFrom.Configuration(configuration);
            foreach (var (source, level) in levels.Switches)
            {
                _ = source == LogLevels.Default ? log.MinimumLevel.ControlledBy(level) : log.MinimumLevel.Override(source, level);
            }

            return log
                .Enrich.FromLogContext()
                .Enrich.With(new SecretProperties(), new WhereAbouts())
                .WriteTo.Console(new MaskedOutput(new MessageTemplateTextFormatter(Line, System.Globalization.CultureInfo.InvariantCulture), secrets))
                .WriteTo.File(
                    new MaskedOutput(new RenderedCompactJsonFormatter(), secrets),
                    file,
                    rollingInterval: RollingInterval.Day,
                    retainedFileCountLimit: KeptFiles,
                    fileSizeLimitBytes: LargestFile,
                    rollOnFileSizeLimit: true);
        }
    }
}
