using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Knows which volumes of a container go into its archives, and why the others do not.</summary>
public sealed class ContainerVolumes(NodePaths paths)
{
    /// <summary>Every volume and mount that the configuration names, in its order.</summary>
    /// <exception cref="ProblemException">The configuration cannot be read, or no archive can be made of this container.</exception>
    public async Task<IReadOnlyList<VolumeDecision>> ListAsync(Guest guest, CancellationToken cancellation) =>
        (await PlanAsync(guest, GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation)), cancellation)).Decisions;

    internal async Task<ContainerPlan> PlanAsync(Guest guest, GuestConfig config, CancellationToken cancellation) => guest.LxcPath is null
        ? ProxmoxVolumes.Plan(config, guest, await StorageConfig.ReadAsync(paths.StorageConfig, cancellation))
        : NativeVolumes.Plan(config, guest);
}
