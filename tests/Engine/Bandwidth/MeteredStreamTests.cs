using Microsoft.Extensions.Time.Testing;
using VzDump.Engine.Bandwidth;

namespace VzDump.Tests.Engine.Bandwidth;

public sealed class MeteredStreamTests
{
    [Fact]
    public async Task Ten_seconds_at_the_limit_carry_ten_seconds_worth_of_data()
    {
        var time = new FakeTimeProvider();
        using var destination = new MemoryStream();
        await using var stream = new MeteredStream(destination, BandwidthLimit.FromKiB(1024), time);
        var writing = stream.WriteAsync(new byte[20 * 1024 * 1024], TestContext.Current.CancellationToken).AsTask();

        for (var tick = 0; tick < 1000; tick++)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        await SettleAsync(stream);
        Assert.InRange(stream.Count, 10 * 1024 * 1024 * 0.95, 10 * 1024 * 1024 * 1.05);
        Assert.False(writing.IsCompleted);
    }

    [Fact]
    public async Task A_pause_does_not_earn_a_burst()
    {
        var time = new FakeTimeProvider();
        using var destination = new MemoryStream();
        await using var stream = new MeteredStream(destination, BandwidthLimit.FromKiB(1024), time);
        time.Advance(TimeSpan.FromMinutes(10));

        _ = stream.WriteAsync(new byte[20 * 1024 * 1024], TestContext.Current.CancellationToken).AsTask();

        await SettleAsync(stream);
        Assert.InRange(stream.Count, 0, 1024 * 1024);
    }

    // Continuations of a fake delay run on the pool.
    private static async Task SettleAsync(MeteredStream stream)
    {
        for (long before = -1; before != stream.Count;)
        {
            before = stream.Count;
            await Task.Delay(30, TestContext.Current.CancellationToken);
        }
    }
}
