using System.Buffers.Binary;
using System.Net.Sockets;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>An NBD server with a disk of noughts and ones that answers late, to see how much is asked for at once.</summary>
public sealed class PlayedNbdServer : IDisposable
{
    private const int Read = 0;
    private readonly Socket _listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly long _size;
    private readonly TimeSpan _quiet;
    private int _most;

    /// <param name="quiet">Answers come when nothing more was asked for this long.</param>
    public PlayedNbdServer(string path, long size, TimeSpan quiet)
    {
        (_size, _quiet) = (size, quiet);
        _listening.Bind(new UnixDomainSocketEndPoint(path));
        _listening.Listen();
        _ = ServeAsync();
    }

    /// <summary>The most reads that waited for their answers at one time.</summary>
    public int MostInFlight => Volatile.Read(ref _most);

    /// <summary>In bytes, of the longest read that was asked for.</summary>
    public long Longest { get; private set; }

    public void Dispose() => _listening.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _ = TalkAsync(await _listening.AcceptAsync());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await GreetAsync(stream);
            var waiting = new List<(ulong Handle, int Length)>();
            var head = new byte[28];
            var next = stream.ReadExactlyAsync(head).AsTask();
            while (true)
            {
                if (waiting.Count > 0 && await Task.WhenAny(next, Task.Delay(_quiet)) != next)
                {
                    foreach (var (handle, length) in waiting)
                    {
                        await AnswerAsync(stream, handle, length);
                    }

                    waiting.Clear();
                }

                if (waiting.Count == 0 || next.IsCompleted)
                {
                    await next;
                    if (BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(6)) != Read)
                    {
                        return;
                    }

                    waiting.Add((BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(8)), BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(24))));
                    Longest = Math.Max(Longest, waiting[^1].Length);
                    _most = Math.Max(_most, waiting.Count);
                    next = stream.ReadExactlyAsync(head).AsTask();
                }
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // Whoever asked is gone.
        }
    }

    // Without structured replies: the whole disk is data then.
    private async Task GreetAsync(NetworkStream stream)
    {
        const uint go = 7, refused = 0x8000_0001, info = 3, agreed = 1;
        await stream.WriteAsync("NBDMAGICIHAVEOPT\0\u0003"u8.ToArray());
        await stream.ReadExactlyAsync(new byte[4]);
        while (true)
        {
            var option = new byte[16];
            await stream.ReadExactlyAsync(option);
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(option.AsSpan(12))]);
            if (BinaryPrimitives.ReadUInt32BigEndian(option.AsSpan(8)) != go)
            {
                await ReplyAsync(option, refused, []);
                continue;
            }

            var export = new byte[12];
            BinaryPrimitives.WriteInt64BigEndian(export.AsSpan(2), _size);
            await ReplyAsync(option, info, export);
            await ReplyAsync(option, agreed, []);
            return;
        }

        async Task ReplyAsync(byte[] option, uint type, byte[] data)
        {
            var reply = new byte[20 + data.Length];
            BinaryPrimitives.WriteUInt64BigEndian(reply, 0x0003e889045565a9);
            option.AsSpan(8, 4).CopyTo(reply.AsSpan(8));
            BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(12), type);
            BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(16), data.Length);
            data.CopyTo(reply, 20);
            await stream.WriteAsync(reply);
        }
    }

    private static async Task AnswerAsync(NetworkStream stream, ulong handle, int length)
    {
        var reply = new byte[16 + length];
        BinaryPrimitives.WriteUInt32BigEndian(reply, 0x67446698);
        BinaryPrimitives.WriteUInt64BigEndian(reply.AsSpan(8), handle);
        reply.AsSpan(16).Fill(1);
        await stream.WriteAsync(reply);
    }
}
