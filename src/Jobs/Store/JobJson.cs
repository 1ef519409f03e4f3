using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Jobs.Store;

/// <summary>A job's definition as text.</summary>
// e.g. {"selection":{"ids":[100,101]},"settings":{"mode":"snapshot","storage":"local"}}
// e.g. {"selection":{"allExcept":[104]},"settings":{}}
// e.g. {"selection":{"allExcept":[],"pool":"web"},"settings":{}}
internal static class JobJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new GuestIdConverter(), new GuestSelectionConverter() },
    };

    public static string Write(BackupJob job) => JsonSerializer.Serialize(job, Options);

    /// <exception cref="JsonException">The text is no job.</exception>
    public static BackupJob Read(string text) =>
        JsonSerializer.Deserialize<BackupJob>(text, Options) ?? throw new JsonException("The job is null.");

    private sealed class GuestIdConverter : JsonConverter<GuestId>
    {
        public override GuestId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            GuestId.TryParse(reader.GetInt32().ToString(CultureInfo.InvariantCulture), out var id) ? id : throw new JsonException("Not a VMID.");

        public override void Write(Utf8JsonWriter writer, GuestId value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    private sealed class GuestSelectionConverter : JsonConverter<GuestSelection>
    {
        public override GuestSelection Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<Stored>(ref reader, options) switch
            {
                { Ids: { } ids } => new GuestSelection.Ids(ids),
                { Pool: { } pool } stored => new GuestSelection.Pool(pool, stored.AllExcept ?? []),
                { AllExcept: { } except } => new GuestSelection.All(except),
                _ => throw new JsonException("Neither ids nor allExcept nor pool."),
            };

        public override void Write(Utf8JsonWriter writer, GuestSelection value, JsonSerializerOptions options)
        {
            var stored = value switch
            {
                GuestSelection.Ids ids => new Stored(ids.Guests, null, null),
                GuestSelection.All all => new Stored(null, all.Except, null),
                GuestSelection.Pool pool => new Stored(null, pool.Except, pool.Name),
                _ => throw new JsonException($"No text for a selection of type {value.GetType().Name}."),
            };
            JsonSerializer.Serialize(writer, stored, options);
        }

        private sealed record Stored(IReadOnlyList<GuestId>? Ids, IReadOnlyList<GuestId>? AllExcept, string? Pool);
    }
}
