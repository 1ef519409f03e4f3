using VzDump.Engine.Guests;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Fifty containers that run and do next to nothing: fifty that count would have the machine for themselves.</summary>
public sealed class ManyContainers : IAsyncDisposable
{
    public const int Count = 50;

    private const string Idle = "#!/bin/busybox sh\ntrap 'exit 0' PWR\necho yes > /var/started\nwhile :; do sleep 1 & wait $!; done\n";

    private readonly List<BusyboxContainer> _containers = [];

    private ManyContainers()
    {
    }

    public IReadOnlySet<string> Names => _containers.Select(container => container.Name).ToHashSet();

    public static async Task<ManyContainers> StartAsync(EngineHarness harness)
    {
        var many = new ManyContainers();
        try
        {
            for (var made = 0; made < Count; made++)
            {
                many._containers.Add(await BusyboxContainer.MakeAsync(harness.LxcFolder, init: Idle));
            }

            await Parallel.ForEachAsync(many._containers, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (container, _) => await container.StartAsync());
            return many;
        }
        catch
        {
            await many.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the inventory says of them.</summary>
    public async Task<IReadOnlyList<GuestState>> StatesAsync(EngineHarness harness)
    {
        var names = Names;
        return [.. (await harness.Get<GuestInventory>().ListAsync(TestContext.Current.CancellationToken)).Guests.Where(state => names.Contains(state.Guest.Name))];
    }

    public async ValueTask DisposeAsync() =>
        await Parallel.ForEachAsync(_containers, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (container, _) => await container.DisposeAsync());
}
