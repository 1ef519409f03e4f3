using System.Net.Sockets;
using System.Text;
using VzDump.Engine;
using VzDump.Engine.Host.Qemu;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Against a server on a real socket that says what a QEMU says, or does not.</summary>
public sealed class QmpClientTests
{
    private const string Greeting = """{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}""" + "\r\n";
    private const string Fine = """{"return": {}, "id": 1}""" + "\r\n";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_QEMU_that_sends_no_greeting_is_an_error_in_time()
    {
        await using var server = new SpokenServer();

        var problem = await Assert.ThrowsAsync<ProblemException>(() => QmpClient.ConnectAsync(server.Path, Short, TimeProvider.System, Cancellation));

        Assert.Contains("did not answer", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_QEMU_that_hangs_after_its_greeting_is_an_error_in_time_for_each_command()
    {
        await using var server = new SpokenServer(Greeting, Fine);
        await using var client = await QmpClient.ConnectAsync(server.Path, Long, TimeProvider.System, Cancellation);

        var problem = await Assert.ThrowsAsync<ProblemException>(() => client.ExecuteAsync("stop", null, Short, Cancellation));

        Assert.Contains("'stop'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_find_their_questions_whatever_comes_between()
    {
        await using var server = new SpokenServer(
            Greeting, Fine,
            """{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "STOP"}""" + "\n" + """{"return": {"late": true}, "id": 77}""" + "\n[1,2]\n" + """{"return": {"status": "running"}, "id": 2}""" + "\n",
            """{"error": {"class": "GenericError", "desc": "Duplicate nodes with node-name='x'"}, "id": 3}""" + "\n");
        await using var client = await QmpClient.ConnectAsync(server.Path, Long, TimeProvider.System, Cancellation);

        Assert.Equal("running", (await client.ExecuteAsync("query-status", null, Long, Cancellation)).GetProperty("status").GetString());
        Assert.Contains("Duplicate nodes", (await Assert.ThrowsAsync<ProblemException>(() => client.ExecuteAsync("blockdev-add", null, Long, Cancellation))).Message, StringComparison.Ordinal);
        Assert.Equal("STOP", (await client.NextEventAsync(["STOP"], Long, Cancellation))?.Name);
        Assert.Null(await client.NextEventAsync(["STOP"], Short, Cancellation));
    }

    [Fact]
    public async Task A_QEMU_that_dies_in_the_middle_is_an_error_at_once_for_all_who_wait()
    {
        await using var server = new SpokenServer(Greeting, Fine);
        await using var client = await QmpClient.ConnectAsync(server.Path, Long, TimeProvider.System, Cancellation);
        var waiting = client.ExecuteAsync("cont", null, TimeSpan.FromMinutes(5), Cancellation);
        var listening = client.NextEventAsync(["SHUTDOWN"], TimeSpan.FromMinutes(5), Cancellation);

        server.HangUp();

        Assert.Contains("ended the talk", (await Assert.ThrowsAsync<ProblemException>(() => waiting.WaitAsync(Long, Cancellation))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ProblemException>(() => listening.WaitAsync(Long, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => client.ExecuteAsync("cont", null, Long, Cancellation));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("{\"QMP\"")]
    [InlineData("[]\n")]
    [InlineData("{\"hello\": 1}\n")]
    public async Task What_is_no_QEMU_is_refused(string greeting)
    {
        await using var server = new SpokenServer(greeting);

        await Assert.ThrowsAsync<ProblemException>(() => QmpClient.ConnectAsync(server.Path, TimeSpan.FromSeconds(2), TimeProvider.System, Cancellation));
    }

    [Fact]
    public async Task A_second_talk_waits_for_the_end_of_the_first()
    {
        await using var qemu = await IdleQemu.StartAsync();
        var first = await QmpClient.ConnectAsync(qemu.Socket, Long, TimeProvider.System, Cancellation);

        await Assert.ThrowsAsync<ProblemException>(() => QmpClient.ConnectAsync(qemu.Socket, Short, TimeProvider.System, Cancellation));
        var second = QmpClient.ConnectAsync(qemu.Socket, Long, TimeProvider.System, Cancellation);
        await first.DisposeAsync();
        await using var client = await second;

        Assert.Equal("prelaunch", (await client.ExecuteAsync("query-status", null, Long, Cancellation)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_QEMU_that_is_stopped_by_a_signal_is_an_error_and_answers_again_when_it_goes_on()
    {
        await using var qemu = await IdleQemu.StartAsync();
        await using var client = await QmpClient.ConnectAsync(qemu.Socket, Long, TimeProvider.System, Cancellation);
        await Shell.RunAsync("kill", "-STOP", $"{qemu.Pid}");

        await Assert.ThrowsAsync<ProblemException>(() => client.ExecuteAsync("query-status", null, Short, Cancellation));
        await Shell.RunAsync("kill", "-CONT", $"{qemu.Pid}");

        // The late answer to the first question is not taken for that of the second.
        Assert.True((await client.ExecuteAsync("query-version", null, Long, Cancellation)).GetProperty("qemu").GetProperty("major").GetInt32() >= 7);
    }

    /// <summary>Says its lines one after the other, the next when it was asked something, and then nothing.</summary>
    private sealed class SpokenServer : IAsyncDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly Task _talk;
        private Socket? _client;

        public SpokenServer(params string[] lines)
        {
            _socket.Bind(new UnixDomainSocketEndPoint(Path));
            _socket.Listen();
            _talk = TalkAsync(lines);
        }

        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"{Guid.NewGuid():n}.qmp");

        public void HangUp() => _client?.Dispose();

        public async ValueTask DisposeAsync()
        {
            _socket.Dispose();
            _client?.Dispose();
            await _talk;
            File.Delete(Path);
        }

        private async Task TalkAsync(string[] lines)
        {
            try
            {
                _client = await _socket.AcceptAsync();
                var asked = new byte[4096];
                for (var index = 0; ; index++)
                {
                    if (index < lines.Length)
                    {
                        await _client.SendAsync(Encoding.UTF8.GetBytes(lines[index]));
                    }

                    while (await _client.ReceiveAsync(asked) is var count && (count == 0 || asked[count - 1] != '\n'))
                    {
                        if (count == 0)
                        {
                            return;
                        }
                    }
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
