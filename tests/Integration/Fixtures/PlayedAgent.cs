using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A guest agent on a real socket; what it answers is the test's to say.</summary>
public sealed class PlayedAgent : IDisposable
{
    private readonly string _path;
    private readonly Socket _listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<string> _asked = [];

    /// <param name="before">Said before anything else, as the rest of an old talk is.</param>
    /// <param name="answer">To a command, such as <c>guest-fsfreeze-freeze</c>.</param>
    public PlayedAgent(string path, Func<string, Task<string>> answer, string before = "")
    {
        _path = path;
        _listening.Bind(new UnixDomainSocketEndPoint(path));
        _listening.Listen();
        _ = ServeAsync(before, answer);
    }

    /// <summary>Commands, in order.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked)
            {
                return [.. _asked];
            }
        }
    }

    public static Task<string> Agree(string command) => Task.FromResult("{\"return\": 2}\n");

    public void Dispose()
    {
        _listening.Dispose();
        File.Delete(_path);
    }

    private async Task ServeAsync(string before, Func<string, Task<string>> answer)
    {
        try
        {
            while (true)
            {
                _ = TalkAsync(await _listening.AcceptAsync(CancellationToken.None), before, answer);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(Socket socket, string before, Func<string, Task<string>> answer)
    {
        using var client = socket;
        try
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(before));
            var asked = new byte[4096];
            for (int count; (count = await client.ReceiveAsync(asked)) > 0;)
            {
                var text = Encoding.Latin1.GetString(asked, 0, count);
                if (Regex.Match(text, "\"id\":(\\d+)") is { Success: true } sync)
                {
                    await client.SendAsync((byte[])[0xff, .. Encoding.UTF8.GetBytes($"{{\"return\": {sync.Groups[1].Value}}}\n")]);
                }
                else
                {
                    var command = Regex.Match(text, "guest-[a-z-]+").Value;
                    lock (_asked)
                    {
                        _asked.Add(command);
                    }

                    await client.SendAsync(Encoding.UTF8.GetBytes(await answer(command)));
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Whoever asked is gone.
        }
    }
}
