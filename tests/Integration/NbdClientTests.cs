using System.Net.Sockets;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Nbd;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Against a real qemu-nbd.</summary>
public sealed class NbdClientTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-nbd-").FullName;
    private byte[] _content = [];
    private int _pid;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Server => Path.Combine(_folder, "nbd");

    public async ValueTask InitializeAsync()
    {
        // data 0-5, hole, data 20-20.5, hole, an odd end
        _content = new byte[(40 * MiB) + 512];
        new Random(1).NextBytes(_content.AsSpan(0, 5 * MiB));
        new Random(2).NextBytes(_content.AsSpan(20 * MiB, MiB / 2));
        var raw = Path.Combine(_folder, "disk.raw");
        await using (var file = File.Create(raw))
        {
            file.SetLength(_content.Length);
            await file.WriteAsync(_content.AsMemory(0, 5 * MiB), Cancellation);
            file.Position = 20 * MiB;
            await file.WriteAsync(_content.AsMemory(20 * MiB, MiB / 2), Cancellation);
        }

        await Shell.RunAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, Path.Combine(_folder, "disk.qcow2"));
        await Shell.RunAsync("qemu-nbd", "--read-only", "--persistent", "--shared=4", "--fork", $"--pid-file={_folder}/pid", "-f", "qcow2", "-x", "disk", "-k", Server, Path.Combine(_folder, "disk.qcow2"));
        _pid = int.Parse((await File.ReadAllTextAsync(Path.Combine(_folder, "pid"), Cancellation)).Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.ShAsync($"kill -9 {_pid} 2>/dev/null || true");
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task All_of_a_disk_is_read_and_its_holes_are_known()
    {
        await using var disk = await NbdDisk.OpenAsync(Server, "disk", 16, Long, TimeProvider.System, Cancellation);
        Assert.Equal(_content.Length, disk.Length);
        var read = new byte[_content.Length];
        var holes = 0L;
        for (var at = 0L; at < disk.Length;)
        {
            var extent = await disk.ExtentAtAsync(at, Cancellation);
            Assert.InRange(extent.End, at + 1, disk.Length);
            if (extent.IsHole)
            {
                holes += extent.End - at;
            }
            else
            {
                await disk.ReadAsync(at, read.AsMemory((int)at, (int)(extent.End - at)), Cancellation);
            }

            at = extent.End;
        }

        Assert.True(_content.AsSpan().SequenceEqual(read));
        Assert.InRange(holes, 33 * MiB, 35 * MiB);
    }

    [Fact]
    public async Task Many_requests_in_flight_each_get_their_own_data()
    {
        await using var client = await NbdClient.ConnectAsync(Server, "disk", Long, TimeProvider.System, Cancellation);
        var random = new Random(3);
        var reads = Enumerable.Range(0, 200).Select(_ => (Offset: random.Next(0, 21 * MiB), Buffer: new byte[random.Next(1, 300_000)])).ToList();

        await Task.WhenAll(reads.Select(read => client.ReadAsync(read.Offset, read.Buffer, Cancellation)));

        Assert.All(reads, read => Assert.True(_content.AsSpan(read.Offset, read.Buffer.Length).SequenceEqual(read.Buffer)));
    }

    [Fact]
    public async Task Reading_past_the_end_is_an_error_and_the_talk_goes_on()
    {
        await using var client = await NbdClient.ConnectAsync(Server, "disk", Long, TimeProvider.System, Cancellation);

        await Assert.ThrowsAsync<IOException>(() => client.ReadAsync(_content.Length, new byte[4096], Cancellation));

        var again = new byte[4096];
        await client.ReadAsync(0, again, Cancellation);
        Assert.True(_content.AsSpan(0, 4096).SequenceEqual(again));
    }

    [Fact]
    public async Task An_export_that_is_not_there_is_named() =>
        Assert.Contains("'other'", (await Assert.ThrowsAsync<IOException>(() => NbdClient.ConnectAsync(Server, "other", Long, TimeProvider.System, Cancellation))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_server_that_is_killed_is_an_error_for_everything_in_flight()
    {
        await using var client = await NbdClient.ConnectAsync(Server, "disk", Long, TimeProvider.System, Cancellation);
        await Shell.RunAsync("kill", "-STOP", $"{_pid}");
        var reads = Enumerable.Range(0, 8).Select(_ => client.ReadAsync(0, new byte[MiB], Cancellation)).ToList();

        await Shell.RunAsync("kill", "-9", $"{_pid}");

        foreach (var read in reads)
        {
            await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(Long, Cancellation));
        }

        await Assert.ThrowsAsync<IOException>(() => client.ReadAsync(0, new byte[512], Cancellation));
    }

    [Fact]
    public async Task A_server_that_hangs_is_an_error_in_time()
    {
        await using var client = await NbdClient.ConnectAsync(Server, "disk", TimeSpan.FromMilliseconds(500), TimeProvider.System, Cancellation);
        await Shell.RunAsync("kill", "-STOP", $"{_pid}");

        var error = await Assert.ThrowsAsync<IOException>(() => client.ReadAsync(0, new byte[MiB], Cancellation).WaitAsync(Long, Cancellation));

        Assert.Contains("did not answer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_read_ends_at_once_and_leaves_its_buffer_alone()
    {
        await using var client = await NbdClient.ConnectAsync(Server, "disk", Long, TimeProvider.System, Cancellation);
        await Shell.RunAsync("kill", "-STOP", $"{_pid}");
        using var stop = new CancellationTokenSource();
        var buffer = new byte[MiB];
        var read = client.ReadAsync(0, buffer, stop.Token);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Long, Cancellation));
        await Shell.RunAsync("kill", "-CONT", $"{_pid}");

        Assert.True(buffer.AsSpan().IndexOfAnyExcept((byte)0) < 0);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("NBDMAGICIHAVEOPT\0\u0003\0\u0003\u00e8\u0089\u0004\u0055")]
    public async Task What_is_no_NBD_server_is_refused(string greeting)
    {
        var path = Path.Combine(_folder, "strange");
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        var stop = new TaskCompletionSource();
        var answering = Task.Run(async () =>
        {
            using var other = await listening.AcceptAsync(Cancellation);
            await other.SendAsync(System.Text.Encoding.Latin1.GetBytes(greeting + new string('?', 64)), Cancellation);
            await stop.Task;
        }, Cancellation);

        await Assert.ThrowsAnyAsync<IOException>(() => NbdClient.ConnectAsync(path, "disk", TimeSpan.FromSeconds(2), TimeProvider.System, Cancellation));
        stop.SetResult();
        await answering;
    }
}
