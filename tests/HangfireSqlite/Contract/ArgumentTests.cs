using Hangfire.States;
using Hangfire.Storage;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

/// <summary>What must not be given is named by the name that Hangfire's interfaces give it.</summary>
public sealed class ArgumentTests
{
    private static readonly Dictionary<string, string> None = [];

    private static readonly (string Name, string Parameter, Action<JobStorageConnection> Call)[] Connection =
    [
        ("lock", "resource", c => c.AcquireDistributedLock(null!, TimeSpan.Zero)),
        ("create", "job", c => c.CreateExpiredJob(null!, None, DateTime.UtcNow, TimeSpan.Zero)),
        ("create", "parameters", c => c.CreateExpiredJob(SampleJobs.Job(), null!, DateTime.UtcNow, TimeSpan.Zero)),
        ("fetch", "queues", c => c.FetchNextJob(null!, CancellationToken.None)),
        ("fetch from none", "queues", c => c.FetchNextJob([], CancellationToken.None)),
        ("set parameter", "id", c => c.SetJobParameter(null!, "a", "b")),
        ("set parameter", "name", c => c.SetJobParameter("1", null!, "b")),
        ("parameter", "id", c => c.GetJobParameter(null!, "a")),
        ("parameter", "name", c => c.GetJobParameter("1", null!)),
        ("job", "jobId", c => c.GetJobData(null!)),
        ("state", "jobId", c => c.GetStateData(null!)),
        ("announce", "serverId", c => c.AnnounceServer(null!, new Hangfire.Server.ServerContext())),
        ("announce", "context", c => c.AnnounceServer("a", null!)),
        ("remove server", "serverId", c => c.RemoveServer(null!)),
        ("heartbeat", "serverId", c => c.Heartbeat(null!)),
        ("time out", "timeOut", c => c.RemoveTimedOutServers(TimeSpan.FromSeconds(-1))),
        ("all of set", "key", c => c.GetAllItemsFromSet(null!)),
        ("first of set", "key", c => c.GetFirstByLowestScoreFromSet(null!, 0, 1)),
        ("first of set", "toScore", c => c.GetFirstByLowestScoreFromSet("a", 1, 0)),
        ("firsts of set", "key", c => c.GetFirstByLowestScoreFromSet(null!, 0, 1, 1)),
        ("firsts of set", "toScore", c => c.GetFirstByLowestScoreFromSet("a", 1, 0, 1)),
        ("firsts of set", "count", c => c.GetFirstByLowestScoreFromSet("a", 0, 1, 0)),
        ("set count", "key", c => c.GetSetCount(null!)),
        ("set counts", "keys", c => c.GetSetCount(null!, 1)),
        ("set counts", "limit", c => c.GetSetCount([], -1)),
        ("set contains", "key", c => c.GetSetContains(null!, "a")),
        ("set contains", "value", c => c.GetSetContains("a", null!)),
        ("set range", "key", c => c.GetRangeFromSet(null!, 0, 1)),
        ("set end", "key", c => c.GetSetTtl(null!)),
        ("hash", "key", c => c.SetRangeInHash(null!, [])),
        ("hash", "keyValuePairs", c => c.SetRangeInHash("a", null!)),
        ("all of hash", "key", c => c.GetAllEntriesFromHash(null!)),
        ("hash value", "key", c => c.GetValueFromHash(null!, "a")),
        ("hash value", "name", c => c.GetValueFromHash("a", null!)),
        ("hash count", "key", c => c.GetHashCount(null!)),
        ("hash end", "key", c => c.GetHashTtl(null!)),
        ("list count", "key", c => c.GetListCount(null!)),
        ("all of list", "key", c => c.GetAllItemsFromList(null!)),
        ("list range", "key", c => c.GetRangeFromList(null!, 0, 1)),
        ("list end", "key", c => c.GetListTtl(null!)),
        ("counter", "key", c => c.GetCounter(null!)),
    ];

    private static readonly (string Name, string Parameter, Action<JobStorageTransaction> Call)[] Transaction =
    [
        ("expire", "jobId", t => t.ExpireJob(null!, TimeSpan.Zero)),
        ("persist", "jobId", t => t.PersistJob(null!)),
        ("set state", "jobId", t => t.SetJobState(null!, new EnqueuedState())),
        ("set state", "state", t => t.SetJobState("1", null!)),
        ("add state", "jobId", t => t.AddJobState(null!, new EnqueuedState())),
        ("add state", "state", t => t.AddJobState("1", null!)),
        ("enqueue", "queue", t => t.AddToQueue(null!, "1")),
        ("enqueue", "jobId", t => t.AddToQueue("a", null!)),
        ("increment", "key", t => t.IncrementCounter(null!)),
        ("increment", "key", t => t.IncrementCounter(null!, TimeSpan.Zero)),
        ("decrement", "key", t => t.DecrementCounter(null!)),
        ("decrement", "key", t => t.DecrementCounter(null!, TimeSpan.Zero)),
        ("add to set", "key", t => t.AddToSet(null!, "a")),
        ("add to set", "value", t => t.AddToSet("a", null!)),
        ("add scored", "key", t => t.AddToSet(null!, "a", 1)),
        ("add scored", "value", t => t.AddToSet("a", null!, 1)),
        ("add range", "key", t => t.AddRangeToSet(null!, [])),
        ("add range", "items", t => t.AddRangeToSet("a", null!)),
        ("remove from set", "key", t => t.RemoveFromSet(null!, "a")),
        ("remove from set", "value", t => t.RemoveFromSet("a", null!)),
        ("remove set", "key", t => t.RemoveSet(null!)),
        ("insert", "key", t => t.InsertToList(null!, "a")),
        ("insert", "value", t => t.InsertToList("a", null!)),
        ("remove from list", "key", t => t.RemoveFromList(null!, "a")),
        ("remove from list", "value", t => t.RemoveFromList("a", null!)),
        ("trim", "key", t => t.TrimList(null!, 0, 1)),
        ("hash", "key", t => t.SetRangeInHash(null!, [])),
        ("hash", "keyValuePairs", t => t.SetRangeInHash("a", null!)),
        ("remove hash", "key", t => t.RemoveHash(null!)),
        ("expire set", "key", t => t.ExpireSet(null!, TimeSpan.Zero)),
        ("expire list", "key", t => t.ExpireList(null!, TimeSpan.Zero)),
        ("expire hash", "key", t => t.ExpireHash(null!, TimeSpan.Zero)),
        ("persist set", "key", t => t.PersistSet(null!)),
        ("persist list", "key", t => t.PersistList(null!)),
        ("persist hash", "key", t => t.PersistHash(null!)),
    ];

    // What 1.8 has added, and what PostgreSQL's storage, which came before it, lets through.
    private static readonly (string Name, string Parameter, Action<JobStorageTransaction> Call)[] NewTransaction =
    [
        ("set parameter", "jobId", t => t.SetJobParameter(null!, "a", "b")),
        ("set parameter", "name", t => t.SetJobParameter("1", null!, "b")),
        ("create", "job", t => t.CreateJob(null!, None, DateTime.UtcNow, TimeSpan.Zero)),
        ("create", "parameters", t => t.CreateJob(SampleJobs.Job(), null!, DateTime.UtcNow, TimeSpan.Zero)),
        ("lock", "resource", t => t.AcquireDistributedLock(null!, TimeSpan.Zero)),
        ("null in range", "items", t => t.AddRangeToSet("a", ["a", null!])),
    ];

    private static readonly (string Name, string Parameter, Action<JobStorageConnection> Call)[] Ranges =
    [
        ("set range", "startingFrom", c => c.GetRangeFromSet("a", -1, 1)),
        ("set range", "endingAt", c => c.GetRangeFromSet("a", 2, 1)),
        ("list range", "startingFrom", c => c.GetRangeFromList("a", -1, 1)),
        ("list range", "endingAt", c => c.GetRangeFromList("a", 2, 1)),
    ];

    private static readonly (string Name, string Parameter, Action<IMonitoringApi> Call)[] Monitor =
    [
        ("details", "jobId", m => m.JobDetails(null!)),
        ("enqueued", "queue", m => m.EnqueuedJobs(null!, 0, 1)),
        ("fetched", "queue", m => m.FetchedJobs(null!, 0, 1)),
        ("enqueued count", "queue", m => m.EnqueuedCount(null!)),
        ("fetched count", "queue", m => m.FetchedCount(null!)),
    ];

    [Theory, EveryStorage]
    public void A_connection_names_what_it_was_given_wrongly(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        rig.Holds(Deviation.ArgumentsOfAConnection, () => Check(Connection, connection));
    }

    [Theory, EveryStorage]
    public void A_transaction_names_what_it_was_given_wrongly(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        rig.Holds(Deviation.ArgumentsOfATransaction, () => Check(Transaction, transaction));
        rig.Holds(Deviation.NewArguments, () => Check(NewTransaction, transaction));
    }

    [Theory, EveryStorage]
    public void A_range_that_ends_before_it_begins_is_refused(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        rig.Holds(Deviation.RangesAreChecked, () => Check(Ranges, connection));
    }

    [Theory, EveryStorage]
    public void A_monitor_names_what_it_was_given_wrongly(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Holds(Deviation.ArgumentsOfAMonitor, () => Check(Monitor, rig.Monitor));
    }

    [Theory, EveryStorage]
    public void A_storage_says_what_it_can_and_refuses_to_be_asked_for_null(StorageKind kind)
    {
        using var rig = Rig.Of(kind);

        Assert.Equal("featureId", Assert.Throws<ArgumentNullException>(() => rig.Storage.HasFeature(null)).ParamName);
        Assert.False(rig.Storage.HasFeature("Unknown"));
        rig.Holds(Deviation.FeaturesAreNamed, () => Assert.True(rig.Storage.HasFeature(JobStorageFeatures.JobQueueProperty) && rig.Storage.HasFeature(JobStorageFeatures.ExtendedApi)));
        Assert.NotEmpty($"{rig.Storage}");
    }

    private static void Check<T>((string Name, string Parameter, Action<T> Call)[] calls, T target) => Assert.All(
        calls,
        call => Assert.Equal(call.Parameter, Assert.ThrowsAny<ArgumentException>(() => call.Call(target)).ParamName));
}
