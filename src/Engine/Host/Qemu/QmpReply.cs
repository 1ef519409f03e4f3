using System.Text.Json;

namespace VzDump.Engine.Host.Qemu;

/// <summary>What QEMU answered: a value, or why it refused.</summary>
public readonly record struct QmpReply(JsonElement Value, string? Refusal)
{
    // e.g. {"return": {}, "id": 7}   {"error": {"class": "GenericError", "desc": "Duplicate nodes with node-name='x'"}, "id": 8}
    internal static QmpReply Of(JsonElement message) => message.TryGetProperty("error", out var error)
        ? new QmpReply(default, error.ValueKind is JsonValueKind.Object && error.TryGetProperty("desc", out var text) ? text.GetString() ?? "no reason given" : "no reason given")
        : new QmpReply(message.TryGetProperty("return", out var value) ? value : default, null);
}

/// <summary>Something that QEMU told unasked, such as <c>SHUTDOWN</c>.</summary>
/// <param name="Message">The whole message, with <c>timestamp</c> and <c>data</c>.</param>
public sealed record QmpEvent(string Name, JsonElement Message);
