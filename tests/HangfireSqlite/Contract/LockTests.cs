using Hangfire.Storage;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

public sealed class LockTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory, EveryStorage]
    public void A_lock_excludes_other_connections_until_it_is_disposed(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var one = rig.Connect();
        using var other = rig.Connect();
        using (one.AcquireDistributedLock("a", Patience))
        {
            var error = Assert.ThrowsAny<TimeoutException>(() => other.AcquireDistributedLock("a", TimeSpan.FromMilliseconds(100)));
            rig.Holds(Deviation.LockTimeoutsNameTheResource, () => Assert.Equal("a", Assert.IsType<DistributedLockTimeoutException>(error).Resource));
            other.AcquireDistributedLock("b", Patience).Dispose();
        }

        other.AcquireDistributedLock("a", Patience).Dispose();
    }

    [Theory, EveryStorage]
    public void A_free_lock_can_be_had_without_waiting(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var one = rig.Connect();

        one.AcquireDistributedLock("a", TimeSpan.Zero).Dispose();
    }

    [Theory, EveryStorage]
    public void A_connection_may_take_its_own_lock_again_and_frees_it_with_the_last(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var one = rig.Connect();
        using var other = rig.Connect();
        rig.Holds(Deviation.LocksAreReentrant, () =>
        {
            var first = one.AcquireDistributedLock("a", Patience);
            var second = one.AcquireDistributedLock("a", TimeSpan.Zero);
            first.Dispose();
            first.Dispose();
            Assert.ThrowsAny<TimeoutException>(() => other.AcquireDistributedLock("a", TimeSpan.Zero));
            second.Dispose();
            other.AcquireDistributedLock("a", Patience).Dispose();
        });
    }

    [Theory, EveryStorage]
    public void A_disposed_connection_frees_its_locks(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Holds(Deviation.ConnectionsFreeTheirLocks, () =>
        {
            using (var one = rig.Connect())
            {
                one.AcquireDistributedLock("a", Patience);
            }

            rig.Read(other => other.AcquireDistributedLock("a", TimeSpan.FromSeconds(1))).Dispose();
        });
    }

    [Theory, EveryStorage]
    public async Task Who_waits_gets_the_lock_when_it_is_freed_on_another_thread(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var one = rig.Connect();
        using var other = rig.Connect();
        var held = one.AcquireDistributedLock("a", Patience);
        var waiting = Task.Run(() => other.AcquireDistributedLock("a", Patience));
        await Task.Delay(100);
        Assert.False(waiting.IsCompleted);

        await Task.Run(held.Dispose);

        (await waiting.WaitAsync(Patience)).Dispose();
    }

    [Theory, EveryStorage]
    public async Task A_lock_is_had_by_one_at_a_time(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var (inside, total) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var round = 0; round < 20; round++)
                {
                    using var connection = rig.Connect();
                    using var held = connection.AcquireDistributedLock("a", Patience);
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    total++;
                    Interlocked.Decrement(ref inside);
                }
            },
            TaskCreationOptions.LongRunning)));

        Assert.Equal(160, total);
    }
}
