using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using VzDump.Engine;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Tests.Integration;

/// <summary>Against an agent played on a real socket: what a guest says may be anything.</summary>
public sealed class GuestAgentTests : IGuestTraces, ITaskLog, IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.qga");
    private readonly Socket _listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<string> _asked = [];
    private readonly List<GuestTrace> _traces = [];
    private readonly List<string> _warnings = [];

    public GuestAgentTests()
    {
        _listening.Bind(new UnixDomainSocketEndPoint(_path));
        _listening.Listen();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_freeze_is_noted_before_and_forgotten_after_the_thaw()
    {
        var noted = -1;
        _ = ServeAsync("rest of an old answer\n{\"return\": 1}\n", command =>
        {
            noted = command.Contains("fsfreeze-freeze", StringComparison.Ordinal) ? _traces.Count : noted;
            return "{\"return\": 2}\n";
        });
        var files = new FrozenFiles(this, this, TimeProvider.System);

        await files.FreezeAsync(_path, Cancellation);
        await files.ThawAsync();

        Assert.Equal(1, noted);
        Assert.Empty(_traces);
        Assert.Empty(_warnings);
        Assert.Equal(["guest-fsfreeze-freeze", "guest-fsfreeze-thaw"], _asked);
    }

    [Fact]
    public async Task An_agent_that_refuses_to_freeze_is_asked_to_thaw_all_the_same()
    {
        _ = ServeAsync("", command => command.Contains("thaw", StringComparison.Ordinal) ? "{\"return\": 0}\n" : "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n");
        var files = new FrozenFiles(this, this, TimeProvider.System);

        await files.FreezeAsync(_path, Cancellation);
        await files.ThawAsync();

        Assert.Contains("not frozen", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Equal("guest-fsfreeze-thaw", _asked[^1]);
        Assert.Empty(_traces);
    }

    [Fact]
    public async Task An_agent_that_does_not_thaw_stays_noted()
    {
        _ = ServeAsync("", command => command.Contains("thaw", StringComparison.Ordinal) ? "{\"error\": {\"desc\": \"no\"}}\n" : "{\"return\": 2}\n");
        var files = new FrozenFiles(this, this, TimeProvider.System);

        await files.FreezeAsync(_path, Cancellation);
        await files.ThawAsync();

        Assert.Equal(FrozenFiles.Trace, Assert.Single(_traces).What);
        Assert.Contains("may still be frozen", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_says_nothing_is_an_error_in_time() =>
        Assert.Contains("did not answer", (await Assert.ThrowsAsync<ProblemException>(() => GuestAgent.ConnectAsync(_path, TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancellation))).Message, StringComparison.Ordinal);

    Task IGuestTraces.RememberAsync(GuestTrace trace, CancellationToken cancellation)
    {
        _traces.Add(trace);
        return Task.CompletedTask;
    }

    Task IGuestTraces.ForgetAsync(GuestTrace trace, CancellationToken cancellation)
    {
        _traces.Remove(trace);
        return Task.CompletedTask;
    }

    void ITaskLog.Info(string text)
    {
    }

    void ITaskLog.Warn(string text) => _warnings.Add(text);

    public void Dispose()
    {
        _listening.Dispose();
        File.Delete(_path);
    }

    private async Task ServeAsync(string before, Func<string, string> answer)
    {
        try
        {
            while (true)
            {
                using var client = await _listening.AcceptAsync(Cancellation);
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
                        _asked.Add(Regex.Match(text, "guest-[a-z-]+").Value);
                        await client.SendAsync(Encoding.UTF8.GetBytes(answer(text)));
                    }
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }
}
