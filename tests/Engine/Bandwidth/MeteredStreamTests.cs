using Microsoft.Extensions.Time.Testing;
using VzDump.Engine.Bandwidth;

namespace VzDump.Tests.Engine.Bandwidth;

public sealed class MeteredStreamTests
{
    [Theory]
    [InlineData(50, 0)]
    [InlineData(100, 15)]
    [InlineData(1024, 0)]
    [InlineData(1024, 15)]
    [InlineData(102_400, 0)]
    [InlineData(102_400, 15)]
    [InlineData(102_400, 150)]
    public async Task Ten_seconds_at_the_limit_carry_ten_seconds_worth_of_data(int kib, int oversleepMilliseconds)
    {
        // Sleeping takes longer than asked for; what is late is made up for.
        var time = new JumpingTime(TimeSpan.FromMilliseconds(oversleepMilliseconds));
        var limit = BandwidthLimit.FromKiB(kib);
        await using var stream = new MeteredStream(Stream.Null, limit, time);
        var piece = new byte[300_000];

        while (time.Elapsed < TimeSpan.FromSeconds(10))
        {
            await stream.WriteAsync(piece.AsMemory(0, Math.Min(piece.Length, kib * 100)), TestContext.Current.CancellationToken);
        }

        Assert.InRange(stream.Count / time.Elapsed.TotalSeconds / limit.BytesPerSecond, 0.98, 1.02);
    }

    [Theory]
    [InlineData(100, 15)]
    [InlineData(102_400, 150)]
    public async Task Reading_is_held_to_a_limit_as_writing_is(int kib, int oversleepMilliseconds)
    {
        var time = new JumpingTime(TimeSpan.FromMilliseconds(oversleepMilliseconds));
        var limit = BandwidthLimit.FromKiB(kib);
        await using var stream = new MeteredReader(new MemoryStream(new byte[20 * 1024 * 1024]), limit, time);
        var buffer = new byte[300_000];
        while (time.Elapsed < TimeSpan.FromSeconds(10) && await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
        {
        }

        Assert.Equal(time.Elapsed < TimeSpan.FromSeconds(10), stream.HasEnded);
        Assert.InRange(stream.Count, 0.9 * Math.Min(20 * 1024 * 1024, limit.BytesPerSecond * time.Elapsed.TotalSeconds), 1.02 * limit.BytesPerSecond * (time.Elapsed.TotalSeconds + 0.1));
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

    /// <summary>A clock on which a wait is over at once, and has taken its time and a little more.</summary>
    private sealed class JumpingTime(TimeSpan oversleep) : TimeProvider
    {
        private long _now;

        public TimeSpan Elapsed => TimeSpan.FromTicks(_now);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _now += (dueTime + oversleep).Ticks;
            return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
