using Serilog.Core;
using Serilog.Events;
using VzDump.Jobs.Settings;

namespace VzDump.Web.Logging;

/// <summary>How much the program logs, by source; changed while it runs, and kept.</summary>
public sealed class LogLevels
{
    /// <summary>The source that stands for all without a level of their own.</summary>
    public const string Default = "Default";

    private const string Key = "log-levels";

    private readonly Dictionary<string, LoggingLevelSwitch> _switches;

    internal LogLevels(Dictionary<string, LoggingLevelSwitch> switches) => _switches = switches;

    /// <summary>Reads Serilog's section: the sources with their levels, and <see cref="Default"/>.</summary>
    // e.g. "Serilog": { "MinimumLevel": { "Default": "Information", "Override": { "Microsoft": "Warning" } } }
    internal static LogLevels From(IConfiguration configuration)
    {
        var levels = configuration.GetSection("Serilog:MinimumLevel");
        var switches = levels.GetSection("Override").GetChildren().ToDictionary(source => source.Key, source => new LoggingLevelSwitch(Parse(source.Value)), StringComparer.Ordinal);
        switches[Default] = new LoggingLevelSwitch(Parse(levels[Default]));

        // The product's own part can be looked at closely without all the rest.
        switches.TryAdd(nameof(VzDump), new LoggingLevelSwitch(Parse(levels[Default])));
        return new LogLevels(switches);
    }

    internal IReadOnlyDictionary<string, LoggingLevelSwitch> Switches => _switches;

    /// <summary>By source.</summary>
    public IReadOnlyDictionary<string, LogEventLevel> Now => _switches.ToDictionary(source => source.Key, source => source.Value.MinimumLevel, StringComparer.Ordinal);

    /// <summary>Holds from the next line on, and after a restart.</summary>
    /// <param name="source">One of <see cref="Now"/>.</param>
    public async Task SetAsync(string source, LogEventLevel level, ProductSettings settings, string by, CancellationToken cancellation)
    {
        _switches[source].MinimumLevel = level;
        await settings.SetAsync(Key, Now, by, cancellation);
    }

    /// <summary>Takes up the levels that were set before the last stop.</summary>
    public async Task RestoreAsync(ProductSettings settings, CancellationToken cancellation)
    {
        foreach (var (source, level) in await settings.FindAsync<Dictionary<string, LogEventLevel>>(Key, cancellation) ?? [])
        {
            if (_switches.TryGetValue(source, out var known))
            {
                known.MinimumLevel = level;
            }
        }
    }

    private static LogEventLevel Parse(string? level) => Enum.TryParse<LogEventLevel>(level, ignoreCase: true, out var parsed) ? parsed : LogEventLevel.Information;
}
