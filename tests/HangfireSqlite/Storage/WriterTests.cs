using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Storage;

public sealed class WriterTests
{
    [Fact]
    public async Task Of_works_that_are_committed_together_one_that_fails_takes_no_other_with_it()
    {
        using var rig = new SqliteRig();
        var writer = rig.Sqlite.Open().Writer;
        using var first = new ManualResetEventSlim();

        // While this one holds the writer, the others gather.
        var holding = Task.Factory.StartNew(() => writer.Do(_ => first.Wait()), TaskCreationOptions.LongRunning);
        var works = Enumerable.Range(0, 30).Select(number => Task.Factory.StartNew(
            () => writer.Do(handle =>
            {
                handle.Run("INSERT INTO list_item (key, value) VALUES ('list', ?1)", $"{number}");
                if (number % 3 == 0)
                {
                    throw new InvalidOperationException($"{number}");
                }
            }),
            TaskCreationOptions.LongRunning)).ToList();
        await Task.Delay(500);
        first.Set();
        await holding;

        for (var number = 0; number < works.Count; number++)
        {
            var error = await Record.ExceptionAsync(() => works[number]);
            Assert.Equal(number % 3 == 0 ? $"{number}" : null, error?.Message);
        }

        Assert.Equal(20, rig.Read(connection => connection.GetListCount("list")));
    }

    [Fact]
    public void A_lock_leaves_nothing_behind()
    {
        using var rig = new SqliteRig();
        using var connection = rig.Connect();
        connection.AcquireDistributedLock("warm", TimeSpan.Zero).Dispose();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var number = 0; number < 20_000; number++)
        {
            connection.AcquireDistributedLock($"job:{number}", TimeSpan.Zero).Dispose();
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20_000 * 20);
    }
}
