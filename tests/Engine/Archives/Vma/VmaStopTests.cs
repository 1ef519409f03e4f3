using System.Buffers;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Archives.Vma;

public sealed class VmaStopTests
{
    private const long Huge = 1L << 40;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly CountingPool _pool = new();

    private async Task<T> FailsAsync<T>(IDisk disk, Stream destination, CancellationToken cancellation = default)
        where T : Exception
    {
        var error = await Assert.ThrowsAnyAsync<T>(() => VmaWriter.WriteAsync(destination, Written.Content(disk), null, _pool, cancellation).WaitAsync(Soon));
        Assert.Equal(3, _pool.Rented);
        Assert.Equal(0, _pool.Out);
        return error;
    }

    [Fact]
    public async Task A_failing_disk_ends_the_writing_with_its_own_error()
    {
        var disk = new ScriptedDisk(Huge, (offset, _) => offset < 50 << 20 ? Task.CompletedTask : Task.FromException(new IOException("bad sector")));
        Assert.Equal("bad sector", (await FailsAsync<IOException>(disk, new CountingStream())).Message);
    }

    [Fact]
    public async Task A_failing_disk_ends_a_write_that_waits()
    {
        var disk = new ScriptedDisk(Huge, (offset, _) => offset < 5 << 20 ? Task.CompletedTask : Task.FromException(new IOException("bad sector")));
        var stuck = new CountingStream((write, stop) => write < 2 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop));
        Assert.Equal("bad sector", (await FailsAsync<IOException>(disk, stuck)).Message);
    }

    [Fact]
    public async Task A_failing_destination_ends_a_read_that_waits()
    {
        var stuck = new ScriptedDisk(Huge, (offset, stop) => offset < 9 << 20 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop));
        var full = new CountingStream((write, _) => write < 3 ? Task.CompletedTask : Task.FromException(new IOException("No space left on device")));
        Assert.Equal("No space left on device", (await FailsAsync<IOException>(stuck, full)).Message);
    }

    [Fact]
    public async Task A_destination_that_fails_at_once_leaves_no_buffer_behind()
    {
        var full = new CountingStream((_, _) => Task.FromException(new IOException("full")));
        Assert.Equal("full", (await FailsAsync<IOException>(new ScriptedDisk(Huge, (_, _) => Task.CompletedTask), full)).Message);
    }

    [Fact]
    public async Task A_disk_that_breaks_its_contract_is_an_error_and_no_endless_loop() =>
        Assert.Contains("stretch", (await FailsAsync<IOException>(new StandingDisk(), new CountingStream())).Message);

    [Fact]
    public async Task Cancelling_ends_a_read_and_a_write_that_wait()
    {
        using var cancel = new CancellationTokenSource();
        var disk = new ScriptedDisk(Huge, (offset, stop) => offset < 5 << 20 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop));
        var destination = new CountingStream((write, stop) =>
        {
            if (write < 2)
            {
                return Task.CompletedTask;
            }

            cancel.CancelAfter(20);
            return Task.Delay(Timeout.Infinite, stop);
        });
        await FailsAsync<OperationCanceledException>(disk, destination, cancel.Token);
    }

    [Fact]
    public async Task Cancelling_stops_a_writing_that_would_never_wait()
    {
        using var cancel = new CancellationTokenSource(50);
        await FailsAsync<OperationCanceledException>(new ScriptedDisk(1L << 47, (_, _) => Task.CompletedTask), new CountingStream(), cancel.Token);
    }

    [Fact]
    public async Task Cancelling_stops_an_endless_hole()
    {
        using var cancel = new CancellationTokenSource(50);
        await FailsAsync<OperationCanceledException>(new HoleDisk(1L << 48), new CountingStream(), cancel.Token);
    }

    [Fact]
    public async Task A_finished_writing_returns_its_buffers()
    {
        await VmaWriter.WriteAsync(new CountingStream(), Written.Content(new HoleDisk(1L << 33)), null, _pool, CancellationToken.None);
        Assert.Equal((3, 0), (_pool.Rented, _pool.Out));
    }

    [Fact]
    public async Task Reading_the_disk_and_writing_the_archive_overlap()
    {
        // The first write of data ends only when a read behind it has begun.
        var ahead = new TaskCompletionSource();
        var disk = new ScriptedDisk(30 << 20, (offset, _) =>
        {
            if (offset > 59 * 65536)
            {
                ahead.TrySetResult();
            }

            return Task.CompletedTask;
        });
        var destination = new CountingStream((write, _) => write == 2 ? ahead.Task : Task.CompletedTask);
        await VmaWriter.WriteAsync(destination, Written.Content(disk), null, CancellationToken.None).WaitAsync(Soon);
    }

    [Fact]
    public async Task A_slow_destination_holds_the_disk_back()
    {
        var (furthest, one) = (0L, new Lock());
        using var cancel = new CancellationTokenSource(300);
        var disk = new ScriptedDisk(Huge, (offset, _) =>
        {
            lock (one)
            {
                furthest = Math.Max(furthest, offset);
            }

            return Task.CompletedTask;
        });
        var stuck = new CountingStream((write, stop) => write < 2 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop));
        await FailsAsync<OperationCanceledException>(disk, stuck, cancel.Token);
        Assert.InRange(furthest, 1, 3 * 59 * 65536);
    }

    [Fact]
    public async Task A_failing_target_ends_the_extraction_with_its_own_error()
    {
        var reader = await VmaReader.OpenAsync(new MemoryStream(BadArchives.Sound), CancellationToken.None);
        var error = await Assert.ThrowsAsync<IOException>(() => reader.ExtractAsync(_ => new FullTarget(), null, CancellationToken.None).WaitAsync(Soon));
        Assert.Equal("No space left on device", error.Message);
    }

    [Fact]
    public async Task Cancelling_ends_an_extraction()
    {
        using var cancel = new CancellationTokenSource();
        var reader = await VmaReader.OpenAsync(new MemoryStream(BadArchives.Sound), CancellationToken.None);
        cancel.CancelAfter(30);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.ExtractAsync(_ => new StuckTarget(), null, cancel.Token).WaitAsync(Soon));
    }

    private sealed class FullTarget : IVmaTarget
    {
        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation) => throw new IOException("No space left on device");
    }

    private sealed class StuckTarget : IVmaTarget
    {
        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation) => new(Task.Delay(Timeout.Infinite, cancellation));
    }

    private sealed class StandingDisk : IDisk
    {
        public long Length => Huge;

        public ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation) => ValueTask.FromResult(new DiskExtent(Math.Min(offset, 8192), IsHole: false));

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class CountingPool : ArrayPool<byte>
    {
        public int Rented { get; private set; }

        public int Out { get; private set; }

        public override byte[] Rent(int minimumLength)
        {
            (Rented, Out) = (Rented + 1, Out + 1);
            return new byte[minimumLength];
        }

        public override void Return(byte[] array, bool clearArray = false) => Out--;
    }
}
