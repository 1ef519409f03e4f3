using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

/// <summary>Jobs and states to store.</summary>
public static class SampleJobs
{
    public static readonly DateTime CreatedAt = new(2026, 8, 22, 3, 0, 7, 123, DateTimeKind.Utc);

    public static void Work(string argument, int number) => _ = argument + number;

    public static Job Job(string argument = "guest", string? queue = null) => queue is null
        ? Hangfire.Common.Job.FromExpression(() => Work(argument, 7))
        : Hangfire.Common.Job.FromExpression(() => Work(argument, 7), queue);

    internal static string Create(this Rig rig, params (string Name, string? Value)[] parameters) => rig.Read(connection =>
        connection.CreateExpiredJob(Job(), parameters.ToDictionary(one => one.Name, one => one.Value)!, CreatedAt, TimeSpan.FromHours(1)));

    /// <summary>A job in a state.</summary>
    internal static string Create(this Rig rig, IState state)
    {
        var id = rig.Create();
        rig.Commit(transaction => transaction.SetJobState(id, state));
        return id;
    }

    /// <summary>An id that no job has, and two that none can have.</summary>
    public static IReadOnlyList<string> NoIds => ["9007199254740991", "no-number", "-5"];
}

/// <summary>A state that says what the test wants, as late as it can.</summary>
internal sealed class SaidState(string name, Func<Dictionary<string, string>> data, string? reason = null) : IState
{
    public SaidState(string name, params (string Key, string Value)[] data)
        : this(name, () => data.ToDictionary(one => one.Key, one => one.Value))
    {
    }

    public string Name => name;

    public string? Reason => reason;

    public bool IsFinal => false;

    public bool IgnoreJobLoadException => false;

    public Dictionary<string, string> SerializeData() => data();
}
