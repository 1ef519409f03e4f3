using System.Reflection;
using Hangfire;
using Hangfire.Storage;
using Xunit.Sdk;
using Xunit.v3;

namespace VzDump.Tests.HangfireSqlite.Rigs;

public enum StorageKind
{
    Sqlite,
    InMemory,
    PostgreSql,
}

/// <summary>The same test for each of the three storages.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryStorageAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<StorageKind>().Select(kind => new TheoryDataRow(kind))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>An empty storage of one kind.</summary>
internal abstract class Rig : IDisposable
{
    public abstract JobStorage Storage { get; }

    /// <summary>Where this storage is known to do something else than the contract says, and why.</summary>
    protected virtual IReadOnlyDictionary<Deviation, string> Deviations => new Dictionary<Deviation, string>();

    public static Rig Of(StorageKind kind) => kind switch
    {
        StorageKind.Sqlite => new SqliteRig(),
        StorageKind.InMemory => new InMemoryRig(),
        _ => new PostgreSqlRig(),
    };

    public JobStorageConnection Connect() => (JobStorageConnection)Storage.GetConnection();

    public IMonitoringApi Monitor => Storage.GetMonitoringApi();

    /// <summary>The monitor with what Hangfire 1.8 has added.</summary>
    public JobStorageMonitor NewMonitor => (JobStorageMonitor)Storage.GetMonitoringApi();

    /// <summary>Commits what is done to a transaction.</summary>
    public void Commit(Action<JobStorageTransaction> action)
    {
        using var connection = Connect();
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        action(transaction);
        transaction.Commit();
    }

    public T Read<T>(Func<JobStorageConnection, T> query)
    {
        using var connection = Connect();
        return query(connection);
    }

    /// <summary>Asserts what the contract says; of a storage that is known to deviate, that it still does.</summary>
    public void Holds(Deviation deviation, Action assertion)
    {
        if (!Deviations.TryGetValue(deviation, out var reason))
        {
            assertion();
            return;
        }

        var kept = true;
        try
        {
            assertion();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            kept = false;
        }

        Assert.False(kept, $"{Storage} keeps to the contract now, where it did not before ({reason}). Take {deviation} from its list.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{Storage} deviates: {reason}");
    }

    public abstract void Dispose();
}
