using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using VzDump.Engine.Backups;
using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Restores;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Store;

/// <summary>A job's definition as text. A run's has what is done, too, when that is no backup.</summary>
// e.g. {"selection":{"ids":[100,101]},"settings":{"mode":"snapshot","storage":"local"}}
// e.g. {"selection":{"allExcept":[104]},"settings":{}}
// e.g. {"selection":{"allExcept":[],"pool":"web"},"settings":{}}
// e.g. {"selection":{"ids":[101]},"settings":{},"restore":{"archivePath":"/backup/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst","target":101,…}}
// e.g. {"selection":{"ids":[101]},"settings":{},"putBack":{"archivePath":"/backup/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst","paths":["etc/hosts"],"target":101}}
// e.g. {"selection":{"ids":[101]},"settings":{},"verify":"/backup/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst"}
// e.g. {"selection":{"ids":[101]},"settings":{},"trial":{"archivePath":"/backup/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst","start":true,…},"evidence":{"shown":"initRuns",…}}
internal static class JobJson
{
    /// <summary>What the text of a check holds and that of nothing else: a quotation mark within a value is written otherwise.</summary>
    public const string VerifyMark = "\"verify\":";

    /// <summary>The same for a restore test.</summary>
    public const string TrialMark = "\"trial\":";

    private const string RestoreKey = "restore", PutBackKey = "putBack", VerifyKey = "verify", TrialKey = "trial", EvidenceKey = "evidence";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new GuestIdConverter(), new GuestSelectionConverter() },
    };

    public static string Write(BackupJob job) => JsonSerializer.Serialize(job, Options);

    public static string Write(BackupJob job, RunWork work)
    {
        if (work is RunWork.Backup)
        {
            return Write(job);
        }

        var text = JsonSerializer.SerializeToNode(job, Options)!.AsObject();
        switch (work)
        {
            case RunWork.Restore restore:
                text[RestoreKey] = JsonSerializer.SerializeToNode(restore.Request, Options);
                break;
            case RunWork.PutBack putBack:
                text[PutBackKey] = JsonSerializer.SerializeToNode(putBack.Request, Options);
                break;
            case RunWork.Verify verify:
                text[VerifyKey] = verify.ArchivePath;
                break;
            case RunWork.Trial trial:
                text[TrialKey] = JsonSerializer.SerializeToNode(trial.Request, Options);
                if (trial.Evidence is { } evidence)
                {
                    text[EvidenceKey] = JsonSerializer.SerializeToNode(evidence, Options);
                }

                break;
        }

        return text.ToJsonString(Options);
    }

    /// <exception cref="JsonException">The text is none.</exception>
    public static RunWork ReadWork(string text)
    {
        using var read = JsonDocument.Parse(text);
        return read.RootElement.TryGetProperty(RestoreKey, out var restore)
            ? new RunWork.Restore(restore.Deserialize<RestoreRequest>(Options) ?? throw new JsonException("The restore is null."))
            : read.RootElement.TryGetProperty(PutBackKey, out var putBack)
            ? new RunWork.PutBack(putBack.Deserialize<PutBackRequest>(Options) ?? throw new JsonException("What is put back is null."))
            : read.RootElement.TryGetProperty(VerifyKey, out var verify)
            ? new RunWork.Verify(verify.GetString() ?? throw new JsonException("The archive is null."))
            : read.RootElement.TryGetProperty(TrialKey, out var trial)
            ? new RunWork.Trial(trial.Deserialize<TrialRequest>(Options) ?? throw new JsonException("The restore test is null."))
            {
                Evidence = read.RootElement.TryGetProperty(EvidenceKey, out var evidence) ? evidence.Deserialize<TrialEvidence>(Options) : null,
            }
            : new RunWork.Backup();
    }

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
