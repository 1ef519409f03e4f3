using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using static VzDump.Engine.Host.Nbd.NbdFormat;

namespace VzDump.Engine.Host.Nbd;

/// <summary>
/// Reads one export of an NBD server over a Unix socket, with many requests in flight. A server that hangs or dies gives an error.
/// A thread of its own takes the answers straight to where they belong: woken through the thread pool for each piece of them, half of the time would be lost.
/// </summary>
internal sealed class NbdClient : IAsyncDisposable
{
    // A server whose queue of connections is full; one that is there takes a connection at once.
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(1);
    private readonly Socket _socket;
    private readonly NbdTerms _terms;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<ulong, NbdRequest> _asked = new();
    private readonly Lock _writing = new();
    private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _head = new byte[32];
    private volatile IOException? _ended;
    private ulong _lastHandle;

    private NbdClient(Socket socket, NbdTerms terms, TimeSpan limit, TimeProvider time)
    {
        (_socket, _terms, _limit, _time) = (socket, terms, limit, time);
        new Thread(ReadReplies) { IsBackground = true, Name = "NBD reader" }.Start();
    }

    /// <summary>Of the export, in bytes.</summary>
    public long Size => _terms.Size;

    /// <summary>In bytes.</summary>
    public int LongestRequest => _terms.LongestRequest;

    /// <param name="limit">How long each answer may take.</param>
    /// <exception cref="IOException">There is no such server or export, or it does not answer.</exception>
    public static async Task<NbdClient> ConnectAsync(string path, string export, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // Never used asynchronously: .NET would then wait for each piece of an answer by way of two more threads.
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = (int)ConnectLimit.TotalMilliseconds };
        using var timed = new CancellationTokenSource(limit, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellation);
        try
        {
            return await Task.Run(Talk, CancellationToken.None);
        }
        catch (Exception error)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw error switch
            {
                _ when timed.IsCancellationRequested => new IOException($"The NBD server on {path} did not answer within {limit.TotalSeconds:0} s.", error),
                SocketException => new IOException($"The NBD server on {path} cannot be reached: {error.Message}.", error),
                _ => error,
            };
        }

        NbdClient Talk()
        {
            socket.Connect(UnixSocket.Address(path));
            using var stopping = ended.Token.UnsafeRegister(static connected => ShutDown((Socket)connected!), socket);
            using var stream = new NetworkStream(socket, ownsSocket: false);
            return new NbdClient(socket, new NbdHandshake(stream, export).Run(), limit, time);
        }
    }

    /// <summary>Fills the buffer, which is at most <see cref="LongestRequest"/> long. Cancelling ends the whole talk.</summary>
    public async Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        var request = new NbdRequest(offset, buffer.Length, buffer);
        await RunAsync(request, _terms.CanSendWhole ? RequestWhole : (ushort)0, CommandRead, offset, (uint)buffer.Length, cancellation);
    }

    /// <summary>The stretches from an offset on, which may end before or after the length; all of it data where the server does not know.</summary>
    public async Task<IReadOnlyList<NbdStretch>> StretchesAsync(long offset, long length, CancellationToken cancellation)
    {
        if (_terms.AllocationContext is null)
        {
            return [new NbdStretch(length, IsZero: false)];
        }

        var request = new NbdRequest(offset, length, default);
        await RunAsync(request, 0, CommandBlockStatus, offset, (uint)length, cancellation);
        return request.Stretches;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended is null)
        {
            try
            {
                _socket.SendTimeout = (int)FarewellLimit.TotalMilliseconds;
                Send(0, CommandDisconnect, 0, 0, 0);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It is gone already.
            }
        }

        ShutDown(_socket);
        await _reading.Task;
        _socket.Dispose();
    }

    private async Task RunAsync(NbdRequest request, ushort flags, ushort command, long offset, uint length, CancellationToken cancellation)
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
                Send(flags, command, handle, offset, length);
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

    // Small, and there is room for hundreds of them in the socket's buffer.
    private void Send(ushort flags, ushort command, ulong handle, long offset, uint length)
    {
        Span<byte> message = stackalloc byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(message, RequestMagic);
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], flags);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], command);
        BinaryPrimitives.WriteUInt64BigEndian(message[8..], handle);
        BinaryPrimitives.WriteInt64BigEndian(message[16..], offset);
        BinaryPrimitives.WriteUInt32BigEndian(message[24..], length);
        lock (_writing)
        {
            try
            {
                while (message.Length > 0)
                {
                    message = message[_socket.Send(message)..];
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                End(new IOException($"The NBD server ended the talk: {error.Message}", error));
            }
        }
    }

    // Whoever waits for the server, to read or to write, is woken and finds the end.
    private void End(IOException error)
    {
        _ended ??= error;
        ShutDown(_socket);
    }

    private static void ShutDown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other side was quicker.
        }
    }

    private void ReadReplies()
    {
        try
        {
            while (true)
            {
                ReadReply();
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

        _reading.SetResult();
    }

    private void ReadReply()
    {
        Read(_head.AsSpan(0, 16));
        switch (BinaryPrimitives.ReadUInt32BigEndian(_head))
        {
            case SimpleReplyMagic:
                var error = BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(4));
                ReadSimple(Asked(BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(8))), error);
                break;
            case StructuredReplyMagic:
                Read(_head.AsSpan(16, 4));
                ReadChunk(
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

    private void ReadSimple(NbdRequest request, uint error)
    {
        if (error != 0)
        {
            request.Fail($"The NBD server could not read the disk (error {error}).");
        }
        else if (request.IsRead)
        {
            Read(request.Whole().Span);
        }

        request.Close();
    }

    private void ReadChunk(NbdRequest request, ushort type, uint length, bool isLast)
    {
        switch (type)
        {
            case ChunkOffsetData when length >= 8:
                Read(_head.AsSpan(0, 8));
                Read(request.Place(BinaryPrimitives.ReadInt64BigEndian(_head), length - 8).Span);
                break;
            case ChunkOffsetHole when length == 12:
                Read(_head.AsSpan(0, 12));
                request.Place(BinaryPrimitives.ReadInt64BigEndian(_head), BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(8))).Span.Clear();
                break;
            case ChunkNone when length == 0:
                break;
            case ChunkBlockStatus when length <= LongestStatus && (length - 4) % 8 == 0:
                AddStretches(request, ReadPayload(length));
                break;
            case >= ChunkErrorFlag when length is >= 6 and <= LongestText:
                // error, length of the text, text
                var payload = ReadPayload(length);
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

    private void Read(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = _socket.Receive(buffer);
            buffer = count > 0 ? buffer[count..] : throw new EndOfStreamException();
        }
    }

    private byte[] ReadPayload(uint length)
    {
        var payload = new byte[length];
        Read(payload);
        return payload;
    }
}
