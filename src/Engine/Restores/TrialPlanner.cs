using System.Globalization;
using VzDump.Engine.Archives;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Guests.Trials;

namespace VzDump.Engine.Restores;

/// <summary>Decides what a trial restores, and how: as any restore, and then with less than the archive asks for.</summary>
internal sealed class TrialPlanner(RestoreEngine engine, ArchiveConfigReader configs, GuestInventory inventory, TimeProvider time)
{
    // Far from the numbers that people give, so that no new guest gets the one of a trial that is going on.
    private const string FirstId = "900000";
    private const int ShareOfMemory = 2;
    private const long LowestForeignId = 65536;

    /// <returns>The plan, and why the guest is not to be started; null when nothing speaks against it.</returns>
    /// <exception cref="ProblemException">It cannot be done; the message says why.</exception>
    public async Task<(RestorePlan Plan, string? WhyNot)> PlanAsync(TrialRequest request, GuestId guest, ITaskLog log, CancellationToken cancellation)
    {
        var target = await engine.NextFreeAsync(GuestId.Parse(FirstId), cancellation);
        var restore = new RestoreRequest
        {
            ArchivePath = request.ArchivePath,
            Target = target,
            Storage = request.Storage,
            Unique = true,
            BandwidthLimit = request.BandwidthLimit,
            Name = $"{TrialMark.NameBeginning}{guest}",
        };
        var plan = await engine.PlanAsync(restore, cancellation);
        if (plan.Kind is GuestKind.Lxc && !IsShifted(plan) && !await IsPrivilegedHereAsync(guest, cancellation))
        {
            // Root within is the host's root then. That is trusted of a guest that runs so here, not of a file.
            log.Info("the archive asks for a privileged container, and there is no such guest here: it is tested as an unprivileged one");
            plan = await engine.PlanAsync(restore with { Unprivileged = true }, cancellation);
            if (!IsShifted(plan))
            {
                throw new ProblemException("The archive's container maps its ids onto those of the host itself, and no such guest is here. It is not tested.");
            }
        }

        var mark = new TrialMark(Guid.CreateVersion7(time.GetUtcNow()));
        var config = new TrialConfig(plan, mark, MemoryCap());
        plan = plan with { Config = config.Text(), Firewall = null, Trial = mark, Warnings = [] };
        foreach (var said in config.Said)
        {
            log.Info(said);
        }

        log.Info($"it is restored as {target} ({plan.Name}), without network, devices and folders of the host");
        new TrialSpace(plan, time).Check();
        var isSample = (await configs.ReadAsync(request.ArchivePath, time, cancellation)).Config.StartsWith(GuestFiles.SampleMark, StringComparison.Ordinal);
        return (plan, isSample ? "The sample guests have no system that could be started." : null);
    }

    // Whether its ids lie above all that the host itself has.
    private static bool IsShifted(RestorePlan plan) => LxcIdMap.Of(GuestConfig.Parse(plan.Config)) is { Count: > 0 } map && map.All(range => range.Outside >= LowestForeignId);

    private async Task<bool> IsPrivilegedHereAsync(GuestId guest, CancellationToken cancellation) =>
        (await inventory.ListAsync(cancellation)).Guests.FirstOrDefault(state => state.Guest.Id == guest && state.Guest.Kind is GuestKind.Lxc)?.Guest is { } here
        && LxcIdMap.Of(GuestConfig.Parse(await ConfigText.ReadAsync(here.ConfigPath, cancellation))).Count == 0;

    // e.g. MemAvailable:   12345678 kB
    private static int MemoryCap() => File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } line
        && long.TryParse(line["MemAvailable:".Length..].Trim().Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)
            ? (int)Math.Min(int.MaxValue, kibibytes / 1024 / ShareOfMemory)
            : int.MaxValue;
}
