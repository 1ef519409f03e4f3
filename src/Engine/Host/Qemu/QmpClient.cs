using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VzDump.Engine.Host.Qemu;

/// <summary>
/// A talk with a QEMU over its QMP socket. QEMU talks with one client at a time and lets others wait, so a talk is kept short. Every wait has a
/// limit: a QEMU that hangs or dies gives an error and never holds up who asked.
/// </summary>
public sealed class QmpClient : IAsyncDisposable
{
    // The longest known reply (a graph of hundreds of block nodes) is far below; a guest that broke out of its QEMU shall not fill our memory.
    private const int LongestLine = 16 * 1024 * 1024;
    private const int MostEvents = 1000;
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly PipeReader _lines;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<QmpReply>> _asked = new();
    private readonly Lock _one = new();
    private readonly Queue<QmpEvent> _events = new();
    private readonly SemaphoreSlim _writing = new(1);
    private TaskCompletionSource _moreEvents = NewSignal();
    private Task _reading = Task.CompletedTask;
    private ProblemException? _ended;
    private long _lastId;

    private QmpClient(Socket socket, string path, TimeProvider time)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
        _lines = PipeReader.Create(_stream);
        _time = time;
        Path = path;
    }

    public string Path { get; }

    /// <summary>Connects, waits for the greeting and enters command mode.</summary>
    /// <exception cref="ProblemException">Nobody listens, or no greeting came within the limit.</exception>
    public static async Task<QmpClient> ConnectAsync(string path, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        QmpClient? client = null;
        using var timed = new CancellationTokenSource(limit, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellation);
        try
        {
            await socket.ConnectAsync(UnixSocket.Address(path), ended.Token);
            client = new QmpClient(socket, path, time);
            // e.g. {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, …}, "capabilities": ["oob"]}}
            var greeting = await client.ReadLineAsync(ended.Token);
            if (greeting is not { ValueKind: JsonValueKind.Object } || !greeting.Value.TryGetProperty("QMP", out _))
            {
                throw new ProblemException($"What listens on {path} is no QEMU: it did not send QMP's greeting.");
            }

            client._reading = client.ReadAsync();
            await client.ExecuteAsync("qmp_capabilities", null, limit, cancellation);
            return client;
        }
        catch (Exception error)
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }

            socket.Dispose();
            throw error switch
            {
                OperationCanceledException when !cancellation.IsCancellationRequested => new ProblemException(
                    $"QEMU did not answer on {path} within {limit.TotalSeconds:0} s: it hangs, or another program talks with it and does not end."),
                SocketException or IOException => new ProblemException($"QEMU cannot be reached on {path}: {error.Message}.", error),
                JsonException => new ProblemException($"What listens on {path} is no QEMU: {error.Message}", error),
                _ => error,
            };
        }
    }

    /// <summary>Runs a command and gives what it returns.</summary>
    /// <exception cref="ProblemException">QEMU refused it, did not answer within the limit, or is gone.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments, TimeSpan limit, CancellationToken cancellation)
    {
        var reply = await TryExecuteAsync(command, arguments, limit, cancellation);
        return reply.Refusal is { } refusal ? throw new ProblemException($"QEMU refused '{command}': {refusal}") : reply.Value;
    }

    /// <summary>Runs a command that QEMU may refuse.</summary>
    /// <exception cref="ProblemException">It did not answer within the limit, or is gone.</exception>
    public async Task<QmpReply> TryExecuteAsync(string command, JsonObject? arguments, TimeSpan limit, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<QmpReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        try
        {
            // e.g. {"execute":"qom-set","arguments":{"path":"scsi0","property":"drive","value":"node"},"id":7}
            var message = new JsonObject { ["execute"] = command, ["id"] = id };
            if (arguments is not null)
            {
                message["arguments"] = arguments;
            }

            using var timed = new CancellationTokenSource(limit, _time);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellation);
            try
            {
                await SendAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(message), (byte)'\n'], ended.Token);
                ThrowIfEnded();
                return await answer.Task.WaitAsync(ended.Token);
            }
            catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
            {
                throw new ProblemException($"QEMU did not answer '{command}' on {Path} within {limit.TotalSeconds:0} s.", late);
            }
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    /// <summary>The next event of one of these names, also one that came before; null when none came within the limit.</summary>
    /// <exception cref="ProblemException">QEMU ended the talk.</exception>
    public async Task<QmpEvent?> NextEventAsync(IReadOnlyCollection<string> names, TimeSpan limit, CancellationToken cancellation)
    {
        using var timed = new CancellationTokenSource(limit, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellation);
        while (true)
        {
            Task more;
            lock (_one)
            {
                while (_events.TryDequeue(out var seen))
                {
                    if (names.Contains(seen.Name))
                    {
                        return seen;
                    }
                }

                more = _moreEvents.Task;
            }

            ThrowIfEnded();
            try
            {
                await more.WaitAsync(ended.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
        await _stream.DisposeAsync();
        _writing.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            await _stream.WriteAsync(message, cancellation);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            throw Ended(error);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void ThrowIfEnded()
    {
        lock (_one)
        {
            if (_ended is { } ended)
            {
                throw new ProblemException(ended.Message, ended);
            }
        }
    }

    private ProblemException Ended(Exception? error) => new($"QEMU ended the talk on {Path}{(error is null ? "" : $" ({error.Message})")}: it may have been stopped or have crashed.", error!);

    private async Task ReadAsync()
    {
        ProblemException ended;
        try
        {
            while (await ReadLineAsync(CancellationToken.None) is { } line)
            {
                Take(line);
            }

            ended = Ended(null);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or JsonException or InvalidOperationException or ProblemException)
        {
            ended = Ended(error);
        }

        await _lines.CompleteAsync();
        lock (_one)
        {
            _ended = ended;
            _moreEvents.TrySetResult();
        }

        foreach (var answer in _asked.Values)
        {
            answer.TrySetException(new ProblemException(ended.Message, ended));
        }
    }

    private void Take(JsonElement message)
    {
        if (message.ValueKind is not JsonValueKind.Object)
        {
            return;
        }

        if (message.TryGetProperty("event", out var name))
        {
            // e.g. {"timestamp": {"seconds": 1795402589, "microseconds": 822111}, "event": "STOP"}
            lock (_one)
            {
                _events.Enqueue(new QmpEvent(name.GetString() ?? "", message));
                while (_events.Count > MostEvents)
                {
                    _events.Dequeue();
                }

                var signal = _moreEvents;
                _moreEvents = NewSignal();
                signal.TrySetResult();
            }
        }
        else if (message.TryGetProperty("id", out var id) && id.TryGetInt64(out var number) && _asked.TryGetValue(number, out var answer))
        {
            answer.TrySetResult(QmpReply.Of(message));
        }
    }

    private async Task<JsonElement?> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await _lines.ReadAsync(cancellation);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                // The element outlives the pipe's memory.
                using var document = JsonDocument.Parse(read.Buffer.Slice(0, end));
                var message = document.RootElement.Clone();
                _lines.AdvanceTo(read.Buffer.GetPosition(1, end));
                return message;
            }

            if (read.IsCompleted)
            {
                return null;
            }

            if (read.Buffer.Length > LongestLine)
            {
                throw new ProblemException($"What QEMU sent is longer than {LongestLine} bytes.");
            }

            _lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
