using System.Globalization;
using System.Text.RegularExpressions;
using VzDump.Engine.Guests;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>
/// A real virtual machine that the engine starts from its configuration. It writes a rising number to disk A, then to B, without pause, and now and
/// then over all of C; D only holds data. Its console is a file.
/// </summary>
public sealed class QemuGuest : IAsyncDisposable
{
    private readonly EngineHarness _harness;
    private readonly List<QmpEvent> _events = [];
    private QmpClient? _watching;

    private QemuGuest(EngineHarness harness, int id)
    {
        _harness = harness;
        Id = id;
    }

    public int Id { get; }

    public string ConfigPath => Path.Combine(_harness.Folder, "qemu-server", $"{Id}.conf");

    public string Images => Path.Combine(_harness.Folder, "storage/local/images", $"{Id}");

    public string Qmp => Path.Combine(_harness.Folder, "run", $"{Id}.qmp");

    private string Log => Path.Combine(_harness.Folder, $"{Id}.console");

    /// <summary>A second QMP socket, for tests alone.</summary>
    public string Watched => Path.Combine(_harness.Folder, "run", $"{Id}.watch");

    private string PidFile => Path.Combine(_harness.Folder, "run", $"{Id}.pid");

    public int Pid => int.Parse(File.ReadAllText(PidFile).Trim(), CultureInfo.InvariantCulture);

    /// <param name="bus">virtio or scsi.</param>
    /// <param name="options">More for each drive, e.g. <c>,iothread=1</c>.</param>
    /// <param name="dataMiB">Size of D, filled with what cannot be compressed.</param>
    /// <param name="kernelOptions">e.g. DEAF=1: the guest does not heed its power button.</param>
    public static async Task<QemuGuest> MakeAsync(EngineHarness harness, GuestKernel kernel, string bus = "virtio", string options = "", int dataMiB = 4, string config = "", string kernelOptions = "", bool withKvm = false)
    {
        var guest = new QemuGuest(harness, 100);
        await CountingMachine.WriteAsync(harness.Folder, kernel, bus, options, dataMiB, config, kernelOptions, withKvm);
        return guest;
    }

    public async Task<Guest> FindAsync() => (await StateAsync()).Guest;

    public async Task<GuestState> StateAsync() => Assert.Single((await _harness.Get<GuestInventory>().ListAsync(CancellationToken.None)).Guests, state => state.Guest.Id.Value == Id);

    public async Task StartAsync()
    {
        await _harness.Get<GuestInventory>().DriverOf(GuestKind.Qemu).StartAsync(await FindAsync(), TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => Console().Contains("COUNT", StringComparison.Ordinal), "the guest counts");
    }

    public string Console() => File.Exists(Log) ? File.ReadAllText(Log) : "";

    /// <summary>The last number that it told.</summary>
    public long Count() => Regex.Matches(Console(), @"COUNT (\d+)") is { Count: > 0 } counts ? long.Parse(counts[^1].Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    /// <summary>It writes on, and never saw an error.</summary>
    public async Task AssertGoesOnAsync(string said)
    {
        await AssertWritesOnAsync(said);
        Assert.Equal(GuestStatus.Running, (await StateAsync()).Status);
        Assert.Null((await StateAsync()).Lock);
    }

    /// <summary>It writes on; its configuration may be locked.</summary>
    public async Task AssertWritesOnAsync(string said)
    {
        var before = Count();
        await Until.TrueAsync(() => Count() > before + 80, $"the guest counts on after {before}; {said}");
        Assert.DoesNotContain("ERROR", Console(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>From now on remembers when its QEMU stops and goes on.</summary>
    public async Task WatchAsync() => _watching = await QmpClient.ConnectAsync(Watched, TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>How long it stood still each time, by QEMU's own clock.</summary>
    public async Task<IReadOnlyList<TimeSpan>> PausesAsync()
    {
        await SeenAsync();
        return [.. _events.Zip(_events.Skip(1)).Where(pair => pair is { First.Name: "STOP", Second.Name: "RESUME" }).Select(pair => At(pair.Second) - At(pair.First))];
    }

    /// <summary>All that its QEMU told of stops and goings on.</summary>
    public async Task<IReadOnlyList<string>> SeenAsync()
    {
        while (await _watching!.NextEventAsync(["STOP", "RESUME"], TimeSpan.FromMilliseconds(300), CancellationToken.None) is { } seen)
        {
            _events.Add(seen);
        }

        return [.. _events.Select(seen => seen.Name)];
    }

    /// <summary>Nothing of a backup is in its QEMU, on the host, or in the way of the next one.</summary>
    public async Task AssertNothingLeftAsync(string said = "")
    {
        await using (var client = await QmpClient.ConnectAsync(Qmp, TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None))
        {
            foreach (var look in (string[])["query-block-exports", "query-named-block-nodes", "query-block-jobs"])
            {
                Assert.DoesNotContain("vzw-", (await client.ExecuteAsync(look, null, TimeSpan.FromSeconds(30), CancellationToken.None)).GetRawText(), StringComparison.Ordinal);
            }
        }

        var left = _harness.Leftovers().ToList();
        Assert.True(left.Count == 0, $"{string.Join(", ", left)} is left\n{said}");
        Assert.DoesNotContain(Directory.EnumerateFiles(Images), path => path.Contains("fleece", StringComparison.Ordinal));
        Assert.DoesNotContain(_harness.Folder, await Shell.ShAsync("pgrep -af qemu-storage-daemon || true"), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (_watching is not null)
        {
            await _watching.DisposeAsync();
        }

        if (QemuProcess.Find(PidFile) is { } pid)
        {
            await Shell.ShAsync($"kill -9 {pid} || true");
            await Until.TrueAsync(() => QemuProcess.Find(PidFile) is null, "QEMU is gone");
        }
    }

    // e.g. "timestamp": {"seconds": 1795402589, "microseconds": 822111}
    private static TimeSpan At(QmpEvent seen) => seen.Message.GetProperty("timestamp") is var at
        ? TimeSpan.FromSeconds(at.GetProperty("seconds").GetInt64()) + TimeSpan.FromMicroseconds(at.GetProperty("microseconds").GetInt64())
        : default;
}
