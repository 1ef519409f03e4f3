using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

public sealed class FetchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory, EveryStorage]
    public void Jobs_of_a_queue_come_in_their_order(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var ids = Enumerable.Range(0, 5).Select(_ => rig.Create()).ToList();
        rig.Commit(transaction => ids.ForEach(id => transaction.AddToQueue("default", id)));

        Assert.Equal(ids, ids.Select(_ => Fetch(rig, "default")));
    }

    [Theory, EveryStorage]
    public void Queues_come_in_the_order_of_the_worker_not_of_their_names_or_jobs(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var (first, second, third) = (rig.Create(), rig.Create(), rig.Create());
        rig.Commit(transaction =>
        {
            transaction.AddToQueue("a", third);
            transaction.AddToQueue("m", second);
            transaction.AddToQueue("z", first);
        });

        rig.Holds(Deviation.QueueOrder, () => Assert.Equal([first, second, third], Enumerable.Range(0, 3).Select(_ => Fetch(rig, "z", "m", "a"))));
    }

    [Theory, EveryStorage]
    public void Only_the_asked_queues_are_looked_at(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        rig.Commit(transaction => transaction.AddToQueue("other", id));
        using var connection = rig.Connect();
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        Assert.ThrowsAny<OperationCanceledException>(() => connection.FetchNextJob(["default"], soon.Token));
        Assert.Equal(id, Fetch(rig, "other"));
    }

    [Theory, EveryStorage]
    public void A_cancelled_worker_gets_nothing_even_if_there_is_something(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        rig.Commit(transaction => transaction.AddToQueue("default", id));
        using var connection = rig.Connect();

        rig.Holds(Deviation.CancelledFetchFetchesNothing, () => Assert.ThrowsAny<OperationCanceledException>(() => connection.FetchNextJob(["default"], new CancellationToken(canceled: true))));
    }

    [Theory, EveryStorage]
    public async Task A_worker_that_waits_gets_a_job_that_comes_later(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        var fetching = Task.Run(() => Fetch(rig, "default"));
        await Task.Delay(200);
        Assert.False(fetching.IsCompleted);

        rig.Commit(transaction => transaction.AddToQueue("default", id));

        Assert.Equal(id, await fetching.WaitAsync(Patience));
    }

    [Theory, EveryStorage]
    public async Task Each_of_many_workers_gets_a_job_of_its_own(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var ids = Enumerable.Range(0, 40).Select(_ => rig.Create()).ToList();
        var fetching = ids.Select(_ => Task.Factory.StartNew(() => Fetch(rig, "b", "a"), TaskCreationOptions.LongRunning)).ToList();

        foreach (var (id, number) in ids.Select((id, number) => (id, number)))
        {
            rig.Commit(transaction => transaction.AddToQueue(number % 3 == 0 ? "a" : "b", id));
        }

        Assert.Equal(ids.Order(), (await Task.WhenAll(fetching).WaitAsync(Patience * 2)).Order());
    }

    [Theory, EveryStorage]
    public void A_fetched_job_is_in_nobody_elses_hands_until_it_is_put_back(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        rig.Commit(transaction => transaction.AddToQueue("default", id));
        using var connection = rig.Connect();
        using (var fetched = connection.FetchNextJob(["default"], TestContext.Current.CancellationToken))
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            Assert.ThrowsAny<OperationCanceledException>(() => rig.Read(other => other.FetchNextJob(["default"], soon.Token)));
            fetched.Requeue();
        }

        Assert.Equal(id, Fetch(rig, "default"));
    }

    [Theory, EveryStorage]
    public void A_job_that_its_worker_dropped_goes_back_into_its_queue(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        rig.Commit(transaction => transaction.AddToQueue("default", id));
        rig.Read(connection =>
        {
            connection.FetchNextJob(["default"], TestContext.Current.CancellationToken).Dispose();
            return 0;
        });

        rig.Holds(Deviation.DroppedJobsGoBack, () => Assert.Equal(1, rig.Monitor.EnqueuedCount("default")));
    }

    [Theory, EveryStorage]
    public void A_removed_job_does_not_come_again(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        rig.Commit(transaction => transaction.AddToQueue("default", id));

        Fetch(rig, "default");

        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.ThrowsAny<OperationCanceledException>(() => rig.Read(other => other.FetchNextJob(["default"], soon.Token)));
    }

    [Theory, EveryStorage]
    public void A_job_can_be_in_a_queue_twice(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        rig.Commit(transaction =>
        {
            transaction.AddToQueue("default", id);
            transaction.AddToQueue("default", id);
        });

        Assert.Equal((id, id), (Fetch(rig, "default"), Fetch(rig, "default")));
    }

    // Fetches and removes.
    private static string Fetch(Rig rig, params string[] queues)
    {
        using var connection = rig.Connect();
        using var patience = new CancellationTokenSource(Patience);
        using var fetched = connection.FetchNextJob(queues, patience.Token);
        fetched.RemoveFromQueue();
        return fetched.JobId;
    }
}
