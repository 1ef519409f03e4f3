using Hangfire.States;
using Hangfire.Storage;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

public sealed class TransactionTests
{
    [Theory, EveryStorage]
    public void A_transaction_that_is_not_committed_does_nothing(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using (var connection = rig.Connect())
        using (var transaction = connection.CreateWriteTransaction())
        {
            transaction.AddToSet("set", "a");
            transaction.IncrementCounter("counter");
        }

        Assert.Equal((0, 0), rig.Read(connection => (connection.GetSetCount("set"), connection.GetCounter("counter"))));
    }

    [Theory, EveryStorage]
    public void An_empty_commit_is_fine(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(_ => { });
    }

    [Theory, EveryStorage]
    public void Things_happen_in_the_order_in_which_they_were_asked_for(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction =>
        {
            transaction.SetRangeInHash("hash", [new("a", "1")]);
            transaction.RemoveHash("hash");
            transaction.SetRangeInHash("hash", [new("b", "2")]);
            transaction.InsertToList("list", "1");
            transaction.RemoveFromList("list", "1");
            transaction.InsertToList("list", "2");
        });

        Assert.Equal(["b"], rig.Read(connection => connection.GetAllEntriesFromHash("hash").Keys));
        rig.Holds(Deviation.ListOrderInATransaction, () => Assert.Equal(["2"], rig.Read(connection => connection.GetAllItemsFromList("list"))));
    }

    [Theory, EveryStorage]
    public void A_second_commit_does_not_repeat_the_first(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        using var transaction = connection.CreateWriteTransaction();
        transaction.IncrementCounter("counter");
        transaction.Commit();

        rig.Holds(Deviation.CommitOnce, () =>
        {
            transaction.Commit();
            Assert.Equal(1, connection.GetCounter("counter"));
        });
    }

    [Theory, EveryStorage]
    public void A_lock_taken_in_a_transaction_is_held_until_its_commit(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Holds(Deviation.TransactionLocks, () =>
        {
            using var connection = rig.Connect();
            using (var transaction = (JobStorageTransaction)connection.CreateWriteTransaction())
            {
                transaction.AcquireDistributedLock("resource", TimeSpan.FromSeconds(5));
                Assert.Throws<DistributedLockTimeoutException>(() => rig.Read(other => other.AcquireDistributedLock("resource", TimeSpan.Zero)));
                transaction.Commit();
                rig.Read(other => other.AcquireDistributedLock("resource", TimeSpan.FromSeconds(5))).Dispose();
            }

            using (var transaction = (JobStorageTransaction)connection.CreateWriteTransaction())
            {
                transaction.AcquireDistributedLock("resource", TimeSpan.FromSeconds(5));
            }

            rig.Read(other => other.AcquireDistributedLock("resource", TimeSpan.FromSeconds(5))).Dispose();
        });
    }

    [Theory, EveryStorage]
    public void A_fetched_job_is_acknowledged_with_its_new_state_or_not_at_all(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        var id = rig.Create(new EnqueuedState());
        rig.Commit(transaction => transaction.AddToQueue("default", id));
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var fetched = connection.FetchNextJob(["default"], cancel.Token);
        if (!rig.Storage.HasFeature(JobStorageFeatures.Transaction.RemoveFromQueue(fetched.GetType())))
        {
            fetched.RemoveFromQueue();
            rig.Holds(Deviation.TransactionalAcknowledge, () => Assert.Fail("not offered"));
            return;
        }

        rig.Commit(transaction =>
        {
            transaction.SetJobState(id, new SaidState("Succeeded"));
            transaction.RemoveFromQueue(fetched);
        });
        fetched.RemoveFromQueue();

        Assert.Equal("Succeeded", connection.GetStateData(id).Name);
        Assert.Equal((0, 0), (rig.Monitor.EnqueuedCount("default"), rig.Monitor.FetchedCount("default")));
    }
}
