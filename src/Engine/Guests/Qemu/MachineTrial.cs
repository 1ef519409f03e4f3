using Microsoft.Extensions.Options;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Machines that were restored for a trial: shown to work when the agent within answers, or where there is none when QEMU runs them and goes on.</summary>
internal sealed class MachineTrial(NodePaths paths, MachineFiles files, IMachineHost host, QemuMonitor monitor, HostPrograms programs, IOptions<EngineOptions> options, TimeProvider time) : IGuestTrial
{
    // Some systems begin anew once when they find themselves on other hardware.
    private const int MostResets = 1;
    private const int StopSeconds = 30;
    private static readonly TimeSpan AgentAnswer = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public GuestKind Kind => GuestKind.Qemu;

    public async Task<string?> WhyNotAsync(Guest guest, CancellationToken cancellation)
    {
        try
        {
            await host.CheckStartAsync(guest, cancellation);
            return null;
        }
        catch (ProblemException problem)
        {
            return problem.Message;
        }
    }

    public async Task<SeenBoot> BootAsync(Guest guest, ITaskLog log, CancellationToken cancellation)
    {
        var config = GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation));
        var began = time.GetTimestamp();
        await host.StartAsync(guest, cancellation);
        if (GuestAgentOption.Of(config).IsEnabled)
        {
            log.Info($"QEMU runs the machine; its guest agent is waited for, at most {options.Value.TrialAgentLimit.TotalMinutes:0.#} min");
            await WaitForAgentAsync(guest, began, cancellation);
            return new SeenBoot(TrialSign.AgentAnswers, "The guest agent within the machine's system answered. What its services do was not looked at.", time.GetElapsedTime(began), TimeSpan.Zero);
        }

        log.Info($"QEMU runs the machine; it has no guest agent that could be asked, and is watched for {options.Value.TrialWatch.TotalSeconds:0} s");
        var took = time.GetElapsedTime(began);
        began = time.GetTimestamp();
        var (resets, read) = await WatchAsync(guest, log, cancellation);
        return new SeenBoot(
            TrialSign.MachineRuns,
            $"QEMU ran the machine for {options.Value.TrialWatch.TotalSeconds:0} s; it neither ended nor failed{(resets > 0 ? ", and began anew once" : "")}, and read {read} bytes from its disks. "
                + "Whether its system came up is not known: it has no guest agent that could be asked.",
            took,
            time.GetElapsedTime(began));
    }

    public async Task EndAsync(Guest guest, TrialMark mark, CancellationToken cancellation)
    {
        if (paths.IsProxmox && files.HasQemu(guest.Id))
        {
            var stop = await programs.RunAsync(new HostCommand("qm", "stop", $"{guest.Id}", "--skiplock", "1", "--timeout", $"{StopSeconds}"), cancellation);
            if (!stop.Exit.Succeeded)
            {
                throw new ProblemException($"VM {guest.Id} could not be stopped: {stop.Complaint}.");
            }
        }

        // By what its QEMU was started with, also one that is only just beginning and answers nowhere yet.
        foreach (var program in (string[])["qemu-system-x86_64", "kvm"])
        {
            await ProcessTable.EndAsync(program, argument => mark.IsIn([argument]), time, cancellation);
        }

        if (!paths.IsProxmox && Directory.Exists(files.Folder) && !files.HasQemu(guest.Id))
        {
            foreach (var left in (string[])[files.Pid(guest.Id), files.Qmp(guest.Id), files.Agent(guest.Id), .. Enumerable.Range(0, 4).Select(number => Path.Combine(files.Folder, $"{guest.Id}.serial{number}"))])
            {
                File.Delete(left);
            }
        }
    }

    private async Task WaitForAgentAsync(Guest guest, long began, CancellationToken cancellation)
    {
        while (true)
        {
            var answered = "";
            try
            {
                await using var agent = await GuestAgent.ConnectAsync(files.Agent(guest.Id), AgentAnswer, time, cancellation);
                return;
            }
            catch (ProblemException problem)
            {
                answered = problem.Message;
            }

            var state = await monitor.LookAsync(files.Qmp(guest.Id), cancellation);
            if (!files.HasQemu(guest.Id) || state is "shutdown" or "guest-panicked" or "internal-error" or "io-error")
            {
                throw new ProblemException($"The machine was started, and its QEMU {(state is null ? "ended" : $"is '{state}'")} before the guest agent answered.");
            }

            if (time.GetElapsedTime(began) > options.Value.TrialAgentLimit)
            {
                throw new ProblemException(
                    $"QEMU ran the machine, and its guest agent did not answer within {options.Value.TrialAgentLimit.TotalMinutes:0.#} min ({answered.TrimEnd('.')}). Its system may not have come up; if it has no agent, take the option 'agent' out of its configuration.");
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    private async Task<(int Resets, long Read)> WatchAsync(Guest guest, ITaskLog log, CancellationToken cancellation)
    {
        var (began, resets) = (time.GetTimestamp(), 0);
        try
        {
            await using var client = await monitor.ConnectAsync(files.Qmp(guest.Id), cancellation);
            while (options.Value.TrialWatch - time.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
            {
                switch (await client.NextEventAsync(["RESET", "SHUTDOWN", "GUEST_PANICKED"], left, cancellation))
                {
                    case { Name: "RESET" } when resets < MostResets:
                        log.Warn("the machine began anew; it is watched from the beginning");
                        (began, resets) = (time.GetTimestamp(), resets + 1);
                        break;
                    case { Name: var name }:
                        throw new ProblemException(name switch
                        {
                            "RESET" => "The machine came up, and began anew again and again.",
                            "SHUTDOWN" => "The machine came up, and switched itself off.",
                            _ => "The machine came up, and its system broke down (guest panicked).",
                        });
                    default:
                        break;
                }
            }

            var state = await QemuMonitor.StateAsync(client, cancellation);
            return state is "running"
                ? (resets, ReadOf(await client.DoAsync("query-blockstats", null, cancellation)))
                : throw new ProblemException($"The machine came up, and is '{state}' now.");
        }
        catch (ProblemException problem) when (!files.HasQemu(guest.Id))
        {
            throw new ProblemException("The machine was started, and its QEMU ended.", problem);
        }
    }

    // e.g. [{"device": "drive-scsi0", "stats": {"rd_bytes": 512, …}}, …]
    private static long ReadOf(System.Text.Json.JsonElement stats) => stats.EnumerateArray()
        .Sum(drive => drive.TryGetProperty("stats", out var counted) && counted.TryGetProperty("rd_bytes", out var read) ? read.GetInt64() : 0);
}
