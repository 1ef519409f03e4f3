using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace VzDump.Web.Logging;

/// <summary>The last thing before a line leaves the program: no secret gets past it.</summary>
internal sealed class MaskedOutput(ITextFormatter inner, KnownSecrets secrets) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        inner.Format(logEvent, line);
        output.Write(secrets.Masked(line.ToString()));
    }
}

/// <summary>Takes the values out of properties that are named like secrets.</summary>
internal sealed class SecretProperties : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        foreach (var name in logEvent.Properties.Keys.Where(KnownSecrets.IsSecret).ToList())
        {
            logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue("***")));
        }
    }
}
