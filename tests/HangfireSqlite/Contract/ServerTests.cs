using Hangfire.Server;
using Hangfire.Storage;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

public sealed class ServerTests
{
    [Theory, EveryStorage]
    public void Servers_announce_themselves_are_listed_and_leave(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        connection.AnnounceServer("b", new ServerContext { Queues = ["one", "two"], WorkerCount = 3 });
        connection.AnnounceServer("a", new ServerContext { Queues = [], WorkerCount = 1 });
        connection.AnnounceServer("b", new ServerContext { Queues = ["one", "two"], WorkerCount = 3 });

        var servers = rig.Monitor.Servers().OrderBy(server => server.Name).ToList();

        Assert.Equal(["a", "b"], servers.Select(server => server.Name));
        Assert.Equal(["one", "two"], servers[1].Queues);
        Assert.Equal(3, servers[1].WorkersCount);
        Assert.InRange(servers[1].StartedAt, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow.AddMinutes(1));
        Assert.NotNull(servers[1].Heartbeat);
        Assert.Equal(2, rig.Monitor.GetStatistics().Servers);
        connection.RemoveServer("a");
        connection.RemoveServer("unknown");
        Assert.Equal("b", Assert.Single(rig.Monitor.Servers()).Name);
    }

    [Theory, EveryStorage]
    public void A_server_that_nobody_knows_is_told_so(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        connection.AnnounceServer("a", new ServerContext { Queues = ["one"], WorkerCount = 1 });

        connection.Heartbeat("a");
        Assert.Throws<BackgroundServerGoneException>(() => connection.Heartbeat("unknown"));
    }

    [Theory, EveryStorage]
    public void Servers_without_a_heartbeat_are_removed(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        using var connection = rig.Connect();
        connection.AnnounceServer("a", new ServerContext { Queues = ["one"], WorkerCount = 1 });

        Assert.Equal(0, connection.RemoveTimedOutServers(TimeSpan.FromMinutes(5)));
        Thread.Sleep(50);
        Assert.Equal(1, connection.RemoveTimedOutServers(TimeSpan.FromMilliseconds(1)));
        Assert.Empty(rig.Monitor.Servers());
    }
}
