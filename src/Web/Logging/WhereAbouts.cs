using Serilog.Core;
using Serilog.Events;

namespace VzDump.Web.Logging;

/// <summary>For the console: which run and guest a line belongs to, where its words do not say so.</summary>
internal sealed class WhereAbouts : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        var said = string.Concat(new[] { "Run", "Guest" }
            .Where(name => logEvent.Properties.ContainsKey(name) && !logEvent.MessageTemplate.Text.Contains($"{{{name}}}", StringComparison.Ordinal))
            .Select(name => $" [{name.ToLowerInvariant()} {logEvent.Properties[name].ToString().Trim('"')}]"));
        logEvent.AddOrUpdateProperty(new LogEventProperty("Where", new ScalarValue(said)));
    }
}
