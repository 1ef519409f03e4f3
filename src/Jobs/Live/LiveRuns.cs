using System.Collections.Concurrent;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Live;

/// <summary>The runs that this program executes now; one at a time, but who asks names the run.</summary>
internal sealed class LiveRuns
{
    private readonly ConcurrentDictionary<Guid, LiveRun> _runs = new();

    /// <summary>False when somebody executes this run already.</summary>
    public bool TryAdd(Guid id, LiveRun run) => _runs.TryAdd(id, run);

    public void Remove(Guid id) => _runs.TryRemove(id, out _);

    /// <summary>Whether somebody here has it in hand, from before its claim until after its end.</summary>
    public bool Contains(Guid id) => _runs.ContainsKey(id);

    /// <summary>The run as it is at this moment; null when it does not work.</summary>
    public Run? Find(Guid id) => _runs.GetValueOrDefault(id)?.Now;

    /// <summary>Stops the work, if there is any.</summary>
    public void Stop(Guid id, StopKind kind, string by) => _runs.GetValueOrDefault(id)?.Stop(kind, by);
}
