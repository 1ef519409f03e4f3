using System.Text.Encodings.Web;
using System.Text.Json;
using Hangfire.Common;
using Hangfire.Storage;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Contract;

/// <summary>A job as it is stored: how to call it and its parameters.</summary>
internal sealed record JobRecord(InvocationData Invocation, Dictionary<string, string?> Parameters, DateTime CreatedAt, DateTime? ExpireAt, string? State)
{
    /// <summary>The columns that <see cref="Read"/> needs, from its first one on.</summary>
    public const string Columns = "j.type, j.method, j.parameter_types, j.arguments, j.queue, j.parameters, j.created_at, j.expire_at, j.state";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The job, or why it cannot be loaded.</summary>
    public (Job? Job, JobLoadException? Error) Load()
    {
        try
        {
            return (Invocation.DeserializeJob(), null);
        }
        catch (JobLoadException error)
        {
            return (null, error);
        }
    }

    public static JobRecord Read(Statement row, int first = 0) => new(
        new InvocationData(row.Text(first), row.Text(first + 1), row.MaybeText(first + 2), row.MaybeText(first + 3), row.MaybeText(first + 4)),
        Words(row.Bytes(first + 5)),
        row.Time(first + 6),
        row.MaybeTime(first + 7),
        row.MaybeText(first + 8));

    /// <summary>Finds a job by what may or may not be an id.</summary>
    public static JobRecord? Find(Handle handle, string id)
    {
        if (JobIds.Parse(id) is not { } number)
        {
            return null;
        }

        using var row = handle.Query($"SELECT {Columns} FROM job j WHERE j.id = ?1", number);
        return row.Next() ? Read(row) : null;
    }

    public static void Create(Handle handle, long id, InvocationData invocation, string parameters, long createdAt, long expireAt) => handle.Run(
        "INSERT INTO job (id, type, method, parameter_types, arguments, queue, parameters, created_at, expire_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        id,
        invocation.Type,
        invocation.Method,
        invocation.ParameterTypes,
        invocation.Arguments,
        invocation.Queue,
        parameters,
        createdAt,
        expireAt);

    public static void SetParameter(Handle handle, long id, string name, string? value)
    {
        if (handle.Text("SELECT parameters FROM job WHERE id = ?1", id) is { } text)
        {
            var parameters = Words(System.Text.Encoding.UTF8.GetBytes(text));
            parameters[name] = value;
            handle.Run("UPDATE job SET parameters = ?2 WHERE id = ?1", id, Text(parameters));
        }
    }

    // e.g. {"CurrentCulture":"\"en-US\"","RetryCount":"1"}
    public static string Text(IEnumerable<KeyValuePair<string, string?>> words) =>
        JsonSerializer.Serialize(words as Dictionary<string, string?> ?? words.ToDictionary(StringComparer.Ordinal), Json);

    public static Dictionary<string, string?> Words(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<Dictionary<string, string?>>(json)!;
}
