using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VzDump.Engine.Host.Qemu;

/// <summary>A talk with the QEMU guest agent inside a guest. What it says comes from the guest: it is bounded, and may be anything or nothing.</summary>
internal sealed class GuestAgent : IAsyncDisposable
{
    private const int LongestLine = 1024 * 1024;
    private const byte Delimiter = 0xff;
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly TimeProvider _time;
    private readonly byte[] _buffer = new byte[4096];
    private int _from;
    private int _to;

    private GuestAgent(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
        _time = time;
    }

    /// <summary>Connects and makes sure that an agent answers now, and not to an older question.</summary>
    /// <exception cref="ProblemException">None answers within the limit.</exception>
    public static async Task<GuestAgent> ConnectAsync(string path, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            return await TimedAsync(limit, time, async stop =>
            {
                await socket.ConnectAsync(UnixSocket.Address(path), stop);
                var agent = new GuestAgent(socket, time);
                await agent.GreetAsync(stop);
                return agent;
            }, cancellation);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="ProblemException">The agent refused, or did not answer within the limit.</exception>
    public Task<JsonElement> ExecuteAsync(string command, TimeSpan limit, CancellationToken cancellation) => TimedAsync(limit, _time, async stop =>
    {
        await SendAsync([], new JsonObject { ["execute"] = command }, stop);
        var reply = QmpReply.Of(await ReadAsync(stop));
        return reply.Refusal is { } refusal ? throw new ProblemException($"The guest agent refused '{command}': {refusal}.") : reply.Value;
    }, cancellation);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _stream.DisposeAsync();
    }

    private async Task GreetAsync(CancellationToken cancellation)
    {
        // e.g. {"execute":"guest-sync-delimited","arguments":{"id":4711}}  →  \xff{"return": 4711}
        var id = RandomNumberGenerator.GetInt32(1, int.MaxValue);
        await SendAsync([Delimiter], new JsonObject { ["execute"] = "guest-sync-delimited", ["arguments"] = new JsonObject { ["id"] = id } }, cancellation);
        while (true)
        {
            try
            {
                if ((await ReadAsync(cancellation)) is { ValueKind: JsonValueKind.Object } reply
                    && reply.TryGetProperty("return", out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var answered) && answered == id)
                {
                    return;
                }
            }
            catch (JsonException)
            {
                // The rest of an answer to somebody who did not wait for it.
            }
        }
    }

    private static async Task<T> TimedAsync<T>(TimeSpan limit, TimeProvider time, Func<CancellationToken, Task<T>> action, CancellationToken cancellation)
    {
        using var timed = new CancellationTokenSource(limit, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellation);
        try
        {
            return await action(ended.Token);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new ProblemException($"The guest agent did not answer within {limit.TotalSeconds:0} s.", late);
        }
        catch (Exception error) when (error is SocketException or IOException or JsonException)
        {
            throw new ProblemException($"The guest agent cannot be reached: {error.Message}", error);
        }
    }

    private async Task SendAsync(byte[] before, JsonObject message, CancellationToken cancellation) =>
        await _stream.WriteAsync((byte[])[.. before, .. JsonSerializer.SerializeToUtf8Bytes(message), (byte)'\n'], cancellation);

    private async Task<JsonElement> ReadAsync(CancellationToken cancellation)
    {
        var line = new MemoryStream();
        while (line.Length < LongestLine)
        {
            if (_from == _to)
            {
                (_from, _to) = (0, await _stream.ReadAsync(_buffer, cancellation));
                if (_to == 0)
                {
                    throw new IOException("The guest agent's channel was closed.");
                }
            }

            var letter = _buffer[_from++];
            if (letter == '\n')
            {
                using var document = JsonDocument.Parse(Encoding.UTF8.GetString(line.ToArray()));
                return document.RootElement.Clone();
            }

            if (letter == Delimiter)
            {
                line.SetLength(0);
            }
            else
            {
                line.WriteByte(letter);
            }
        }

        throw new IOException("The guest agent's answer has no end.");
    }
}
