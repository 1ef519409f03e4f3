using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using static VzDump.Engine.Host.Nbd.NbdFormat;

namespace VzDump.Engine.Host.Nbd;

/// <summary>Reads one export of an NBD server over a Unix socket, with many requests in flight. A server that hangs or dies gives an error.</summary>
internal sealed class NbdClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly NbdTerms _terms;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<ulong, NbdRequest> _asked = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private readonly byte[] _head = new byte[32];
    private volatile IOException? _ended;
    private ulong _lastHandle;

    private NbdClient(Socket socket, Stream stream, NbdTerms terms, TimeSpan limit, TimeProvider time)
    {
        (_socket, _stream, _terms, _limit, _time) = (socket, stream, terms, limit, time);
        _reading = Task.Run(ReadRepliesAsync, CancellationToken.None);
    }

    /// <summary>Of the export, in bytes.</summary>
    public long Size => _terms.Size;

    /// <summary>In bytes.</summary>
    public int LongestRequest => _terms.LongestRequest;

    /// <param name="limit">How long each answer may take.</param>
    /// <exception cref="IOException">There is no such server or export, or it does not answer.</exception>
    public static async Task<NbdClient> ConnectAsync(string path, string export, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var timed = new CancellationTokenSource(limit, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellation);
        try
        {
            await socket.ConnectAsync(UnixSocket.Address(path), ended.Token);
            var stream = new NetworkStream(socket, ownsSocket: false);
            return new NbdClient(socket, stream, await new NbdHandshake(stream, export).RunAsync(ended.Token), limit, time);
        }
        catch (Exception error)
        {
            socket.Dispose();
            throw error switch
            {
                OperationCanceledException when !cancellation.IsCancellationRequested => new IOException($"The NBD server on {path} did not answer within {limit.TotalSeconds:0} s."),
                SocketException => new IOException($"The NBD server on {path} cannot be reached: {error.Message}.", error),
                _ => error,
            };
        }
    }

    /// <summary>Fills the buffer, which is at most <see cref="LongestRequest"/> long. Cancelling ends the whole talk.</summary>
    public async Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        var request = new NbdRequest(offset, buffer.Length, buffer);
        await RunAsync(request, CommandRead, offset, (uint)buffer.Length, cancellation);
    }

    /// <summary>The stretches from an offset on, which may end before or after the length; all of it data where the server does not know.</summary>
    public async Task<IReadOnlyList<NbdStretch>> StretchesAsync(long offset, long length, CancellationToken cancellation)
    {
        if (_terms.AllocationContext is null)
        {
            return [new NbdStretch(length, IsZero: false)];
        }

        var request = new NbdRequest(offset, length, default);
        await RunAsync(request, CommandBlockStatus, offset, (uint)length, cancellation);
        return request.Stretches;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended is null)
        {
            try
            {
                using var timed = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
                await SendAsync(CommandDisconnect, 0, 0, 0, timed.Token);
                _socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // It is gone already.
            }
        }

        _socket.Dispose();
        await _reading;
        await _stream.DisposeAsync();
        _writing.Dispose();
    }

    private async Task RunAsync(NbdRequest request, ushort command, long offset, uint length, CancellationToken cancellation)
    {
        var handle = Interlocked.Increment(ref _lastHandle);
        _asked[handle] = request;
        using var timed = new CancellationTokenSource(_limit, _time);
        // Only the reader may say that a buffer is free again, so giving up means ending the talk and waiting for it.
        await using var late = timed.Token.Register(() => End(new IOException($"The NBD server did not answer within {_limit.TotalSeconds:0} s.")));
        await using var stopped = cancellation.Register(() => End(new IOException("The talk with the NBD server was ended.")));
        try
        {
            if (_ended is { } ended)
            {
                request.Abort(ended);
            }
            else
            {
                await SendAsync(command, handle, offset, length, CancellationToken.None);
            }

            await request.Done;
        }
        catch (IOException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            _asked.TryRemove(handle, out _);
        }
    }

    private async Task SendAsync(ushort command, ulong handle, long offset, uint length, CancellationToken cancellation)
    {
        var message = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(message, RequestMagic);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), command);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(8), handle);
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(16), offset);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(24), length);
        await _writing.WaitAsync(cancellation);
        try
        {
            await _stream.WriteAsync(message, cancellation);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            End(new IOException($"The NBD server ended the talk: {error.Message}", error));
        }
        finally
        {
            _writing.Release();
        }
    }

    private void End(IOException error)
    {
        _ended ??= error;
        _socket.Dispose();
    }

    private async Task ReadRepliesAsync()
    {
        try
        {
            while (true)
            {
                await ReadReplyAsync();
            }
        }
        catch (Exception error)
        {
            _ended ??= error is EndOfStreamException
                ? new IOException("The NBD server ended the talk: the QEMU or daemon behind it was stopped or has crashed.", error)
                : new IOException($"The talk with the NBD server failed: {error.Message}", error);
        }

        // A request that comes later finds the end itself.
        while (!_asked.IsEmpty)
        {
            foreach (var (handle, request) in _asked)
            {
                request.Abort(_ended);
                _asked.TryRemove(handle, out _);
            }
        }
    }

    private async Task ReadReplyAsync()
    {
        await _stream.ReadExactlyAsync(_head.AsMemory(0, 16));
        switch (BinaryPrimitives.ReadUInt32BigEndian(_head))
        {
            case SimpleReplyMagic:
                var error = BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(4));
                await ReadSimpleAsync(Asked(BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(8))), error);
                break;
            case StructuredReplyMagic:
                await _stream.ReadExactlyAsync(_head.AsMemory(16, 4));
                await ReadChunkAsync(
                    Asked(BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(8))),
                    BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(6)),
                    BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(16)),
                    isLast: (BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(4)) & ChunkDone) != 0);
                break;
            default:
                throw new IOException("The NBD server answered against the protocol.");
        }
    }

    private NbdRequest Asked(ulong handle) => _asked.TryGetValue(handle, out var request) ? request : throw new IOException("The NBD server answered what was not asked.");

    private async Task ReadSimpleAsync(NbdRequest request, uint error)
    {
        if (error != 0)
        {
            request.Fail($"The NBD server could not read the disk (error {error}).");
        }
        else if (request.IsRead)
        {
            await _stream.ReadExactlyAsync(request.Whole());
        }

        request.Close();
    }

    private async Task ReadChunkAsync(NbdRequest request, ushort type, uint length, bool isLast)
    {
        switch (type)
        {
            case ChunkOffsetData when length >= 8:
                await _stream.ReadExactlyAsync(_head.AsMemory(0, 8));
                await _stream.ReadExactlyAsync(request.Place(BinaryPrimitives.ReadInt64BigEndian(_head), length - 8));
                break;
            case ChunkOffsetHole when length == 12:
                await _stream.ReadExactlyAsync(_head.AsMemory(0, 12));
                request.Place(BinaryPrimitives.ReadInt64BigEndian(_head), BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(8))).Span.Clear();
                break;
            case ChunkNone when length == 0:
                break;
            case ChunkBlockStatus when length <= LongestStatus && (length - 4) % 8 == 0:
                AddStretches(request, await ReadPayloadAsync(length));
                break;
            case >= ChunkErrorFlag when length is >= 6 and <= LongestText:
                // error, length of the text, text
                var payload = await ReadPayloadAsync(length);
                var text = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(4)), payload.Length - 6);
                request.Fail($"The NBD server could not read the disk (error {BinaryPrimitives.ReadUInt32BigEndian(payload)}{(text > 0 ? $": {Encoding.UTF8.GetString(payload, 6, text)}" : "")}).");
                break;
            default:
                throw new IOException($"The NBD server answered against the protocol (chunk {type} of {length} bytes).");
        }

        if (isLast)
        {
            request.Close();
        }
    }

    private void AddStretches(NbdRequest request, byte[] payload)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(payload) == _terms.AllocationContext)
        {
            for (var at = 4; at < payload.Length; at += 8)
            {
                request.Add(new NbdStretch(BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at)), (BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at + 4)) & StateZero) != 0));
            }
        }
    }

    private async Task<byte[]> ReadPayloadAsync(uint length)
    {
        var payload = new byte[length];
        await _stream.ReadExactlyAsync(payload);
        return payload;
    }
}
