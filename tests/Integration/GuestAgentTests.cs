using System.Net.Sockets;
using VzDump.Engine;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;
using VzDump.Engine.Host.Qemu;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Against an agent played on a real socket: what a guest says may be anything.</summary>
public sealed class GuestAgentTests : IGuestTraces, ITaskLog, IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.qga");
    private readonly List<GuestTrace> _traces = [];
    private readonly List<string> _warnings = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_freeze_is_noted_before_and_forgotten_after_the_thaw()
    {
        var noted = -1;
        using var agent = new PlayedAgent(_path, command =>
        {
            noted = command == "guest-fsfreeze-freeze" ? _traces.Count : noted;
            return PlayedAgent.Agree(command);
        }, "rest of an old answer\n{\"return\": 1}\n");
        var files = new FrozenFiles(this, this, TimeProvider.System);

        await files.FreezeAsync(_path, Cancellation);
        await files.ThawAsync();

        Assert.Equal(1, noted);
        Assert.Empty(_traces);
        Assert.Empty(_warnings);
        Assert.Equal(["guest-fsfreeze-freeze", "guest-fsfreeze-thaw"], agent.Asked);
    }

    [Fact]
    public async Task An_agent_that_refuses_to_freeze_is_asked_to_thaw_all_the_same()
    {
        using var agent = new PlayedAgent(_path, command => Task.FromResult(command == "guest-fsfreeze-thaw" ? "{\"return\": 0}\n" : "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n"));
        var files = new FrozenFiles(this, this, TimeProvider.System);

        await files.FreezeAsync(_path, Cancellation);
        await files.ThawAsync();

        Assert.Contains("not frozen", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Equal("guest-fsfreeze-thaw", agent.Asked[^1]);
        Assert.Empty(_traces);
    }

    [Fact]
    public async Task An_agent_that_does_not_thaw_stays_noted()
    {
        using var agent = new PlayedAgent(_path, command => Task.FromResult(command == "guest-fsfreeze-thaw" ? "{\"error\": {\"desc\": \"no\"}}\n" : "{\"return\": 2}\n"));
        var files = new FrozenFiles(this, this, TimeProvider.System);

        await files.FreezeAsync(_path, Cancellation);
        await files.ThawAsync();

        Assert.Equal(FrozenFiles.Trace, Assert.Single(_traces).What);
        Assert.Contains("may still be frozen", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_says_nothing_is_an_error_in_time()
    {
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(_path));
        listening.Listen();
        Assert.Contains("did not answer", (await Assert.ThrowsAsync<ProblemException>(() => GuestAgent.ConnectAsync(_path, TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancellation))).Message, StringComparison.Ordinal);
    }

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

    public void Dispose() => File.Delete(_path);
}
