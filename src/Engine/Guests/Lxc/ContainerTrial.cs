using Microsoft.Extensions.Options;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Containers that were restored for a trial: shown to work when their init runs and stays.</summary>
internal sealed class ContainerTrial(NodePaths paths, LxcControl control, HostPrograms programs, IOptions<EngineOptions> options, TimeProvider time) : IGuestTrial
{
    private const string ProxmoxLxcFolder = "/var/lib/lxc";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public GuestKind Kind => GuestKind.Lxc;

    public Task<string?> WhyNotAsync(Guest guest, CancellationToken cancellation) => Task.FromResult(
        IsProxmox(guest) ? null
        : guest.LxcPath is null ? "This host has no LXC that could start the container."
        : programs.Find("lxc-start") is null ? "This host has no lxc-start, with which containers are started."
        : null);

    public async Task<SeenBoot> BootAsync(Guest guest, ITaskLog log, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        if (IsProxmox(guest))
        {
            await RunAsync(new HostCommand("pct", "start", $"{guest.Id}", "--skiplock", "1"), cancellation);
        }
        else
        {
            await control.StartAsync(Name(guest), Path.Combine(paths.DataFolder, $"restore-test-{guest.Id}.lxc.log"), cancellation);
        }

        var init = (await control.ProcessesAsync(Name(guest), cancellation))?.Init ?? throw new ProblemException("The container was started, and its init had ended at once.");
        var started = ProcessTable.StartTime(init) ?? throw new ProblemException("The container was started, and its init had ended at once.");
        var took = time.GetElapsedTime(began);
        log.Info($"the container's init runs (pid {init}); it is watched for {options.Value.TrialWatch.TotalSeconds:0} s");
        began = time.GetTimestamp();
        while (time.GetElapsedTime(began) is var watched && watched < options.Value.TrialWatch)
        {
            if (!ProcessTable.IsAlive(init, started))
            {
                throw new ProblemException($"The container came up, and its init ended after {watched.TotalSeconds:0} s.");
            }

            await Task.Delay(Pause, time, cancellation);
        }

        var count = Count(init);
        return new SeenBoot(
            TrialSign.InitRuns,
            $"The container's init ran, and stayed for {options.Value.TrialWatch.TotalSeconds:0} s with {count - 1} other {(count == 2 ? "process" : "processes")}. What its services do was not looked at.",
            took,
            time.GetElapsedTime(began));
    }

    public async Task EndAsync(Guest guest, TrialMark mark, CancellationToken cancellation)
    {
        if (IsProxmox(guest) && await control.IsRunningAsync(Name(guest), cancellation))
        {
            await RunAsync(new HostCommand("pct", "stop", $"{guest.Id}", "--skiplock", "1"), cancellation);
        }

        await control.KillAsync(Name(guest), cancellation);
    }

    private bool IsProxmox(Guest guest) => guest.LxcPath is null && paths.IsProxmox;

    private static LxcName Name(Guest guest) => guest.LxcPath is { } folder ? new LxcName(folder, guest.Name) : new LxcName(ProxmoxLxcFolder, guest.Id.ToString());

    // With its children's children.
    private static int Count(int process) => 1 + ProcessTable.Children(process).Sum(Count);

    private async Task RunAsync(HostCommand command, CancellationToken cancellation)
    {
        var result = await programs.RunAsync(command, cancellation);
        if (!result.Exit.Succeeded)
        {
            throw new ProblemException($"'{command}' failed: {result.Complaint}.");
        }
    }
}
