using System.Collections.Concurrent;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Containers: those with a Proxmox VE configuration, and the host's own by LXC's name.</summary>
internal sealed class LxcDriver(NodePaths paths, NativeContainers natives, LxcControl control, ContainerVolumes volumes, ContainerSnapshots snapshots, HostPrograms programs, TimeProvider time) : IGuestDriver
{
    private readonly ConcurrentDictionary<GuestId, Freezer> _suspended = new();

    private const string ProxmoxLxcFolder = "/var/lib/lxc";

    public GuestKind Kind => GuestKind.Lxc;

    public async Task<GuestListing> ListAsync(CancellationToken cancellation)
    {
        var running = LxcControl.Running();
        var frozen = control.Frozen(running);
        var (configs, problems) = await GuestFiles.ReadAllAsync(paths.LxcFolder, cancellation);
        var guests = configs.Select(found => new GuestState(
            new Guest { Id = found.Id, Kind = Kind, Name = found.Config.Value("hostname") ?? $"CT{found.Id}", ConfigPath = found.Path, IsSample = found.IsSample, IsTrial = found.IsTrial },
            StatusOf(new LxcName(ProxmoxLxcFolder, found.Id.ToString())),
            found.Config.Value("lock"))).ToList();

        var names = paths.NativeLxcFolders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder).Where(container => File.Exists(Path.Combine(container, "config")))
                .Select(container => new LxcName(folder, Path.GetFileName(container)))).ToList();
        try
        {
            // Also without names: a file that cannot be read is told before somebody needs it.
            var taken = TakenIds([paths.LxcFolder, paths.QemuFolder]);
            var numbers = await natives.NumberAsync(names, taken, cancellation);
            guests.AddRange(names.Select(name => new GuestState(
                new Guest { Id = GuestId.Parse(numbers[name].Id), Kind = Kind, Name = name.Name, ConfigPath = Path.Combine(name.Folder, name.Name, "config"), LxcPath = name.Folder, IsTrial = IsTrial(name) },
                StatusOf(name),
                numbers[name]["lock"])));
        }
        catch (ProblemException problem)
        {
            // Without their numbers the host's own containers cannot be told apart; the others are not hidden by that.
            problems = [.. problems, problem.Message];
        }

        return new GuestListing(guests, problems);

        GuestStatus StatusOf(LxcName name) => frozen.Contains(name) ? GuestStatus.Paused : running.Contains(name) ? GuestStatus.Running : GuestStatus.Stopped;
    }

    // By its mark: a person's own container may bear any name, and hidden from lists it would be backed up by nobody.
    private static bool IsTrial(LxcName name)
    {
        if (!name.Name.StartsWith(TrialMark.NameBeginning, StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            return File.ReadLines(Path.Combine(name.Folder, name.Name, "config")).FirstOrDefault()?.StartsWith(TrialMark.Beginning, StringComparison.Ordinal) is true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public async Task<GuestStatus> StatusAsync(Guest guest, CancellationToken cancellation) =>
        !await control.IsRunningAsync(Name(guest), cancellation) ? GuestStatus.Stopped
        : await control.ProcessesAsync(Name(guest), cancellation) is { } processes && Freezer.OfContainer(processes.Init) is { IsFrozen: true } ? GuestStatus.Paused
        : GuestStatus.Running;

    public Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation) =>
        guest.LxcPath is null ? GuestFiles.FindLockAsync(guest, cancellation) : natives.FindLockAsync(guest, cancellation);

    public Task LockAsync(Guest guest, CancellationToken cancellation) =>
        guest.LxcPath is null ? GuestFiles.LockAsync(guest, cancellation) : natives.LockAsync(guest, cancellation);

    public Task UnlockAsync(Guest guest, CancellationToken cancellation) =>
        guest.LxcPath is null ? GuestFiles.UnlockAsync(guest, cancellation) : natives.UnlockAsync(guest, cancellation);

    public Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation) => control.StopAsync(Name(guest), wait, cancellation);

    public async Task StartAsync(Guest guest, CancellationToken cancellation)
    {
        if (guest.LxcPath is null && paths.IsProxmox)
        {
            // Proxmox VE sets up network and volumes around lxc-start.
            var start = await programs.RunAsync(new HostCommand("pct", "start", guest.Id.ToString(), "--skiplock", "1"), cancellation);
            if (!start.Exit.Succeeded)
            {
                throw new ProblemException($"The container {guest.Id} could not be started: {start.Complaint}.");
            }
        }
        else
        {
            await control.StartAsync(Name(guest), cancellation);
        }
    }

    public async Task<Preparation> PrepareAsync(Guest guest, PreparationRequest request, CancellationToken cancellation)
    {
        var text = await ConfigText.ReadAsync(guest.ConfigPath, cancellation);
        var plan = await volumes.PlanAsync(guest, GuestConfig.Parse(text), cancellation);
        foreach (var decision in plan.Decisions)
        {
            request.Log.Info(decision.LogLine);
        }

        RefuseMissing(plan, guest);
        await snapshots.RemoveLeftoversAsync(plan, guest.Id, request.Log, cancellation);
        var archive = await ContainerArchive.ReadAsync(paths, guest, text, cancellation);
        if (!request.WasRunning || request.Mode is BackupMode.Stop)
        {
            return new Preparation.Ready(new RestingContainer(plan, archive, request, programs));
        }

        var cuts = request.Mode is BackupMode.Snapshot ? await snapshots.PlanAsync(plan, request.ArchiveStem, cancellation) : [];
        if (cuts is null)
        {
            return new Preparation.ModeFailure("mode failure - some volumes do not support snapshots");
        }

        programs.Require(request.Mode is BackupMode.Suspend ? "rsync" : "nsenter");
        var processes = await control.ProcessesAsync(Name(guest), cancellation) ?? throw new ProblemException($"The container {guest.Name} has ended since its backup began.");
        foreach (var cut in cuts)
        {
            await request.Traces.RememberAsync(cut.Snapshot, cancellation);
        }

        var watch = await ContainerWatch.BeginAsync(processes, request, time, cancellation);
        if (request.Mode is BackupMode.Suspend)
        {
            var folder = Path.Combine(request.TemporaryFolder, "files");
            return new Preparation.Ready(new CopiedContainer(plan, archive, new TreeCopy(processes.Init, plan.Volumes, folder, request, programs, time), watch, RestartAsync, request, programs));
        }

        return new Preparation.Ready(new CutContainer(plan, archive, cuts, processes.Init, watch, RestartAsync, request, programs, time));

        Task RestartAsync() => StartAsync(guest, CancellationToken.None);
    }

    public async Task SuspendAsync(Guest guest, CancellationToken cancellation)
    {
        var processes = await control.ProcessesAsync(Name(guest), cancellation) ?? throw new ProblemException($"The container {guest.Name} does not run.");
        var freezer = Freezer.OfContainer(processes.Init) ?? throw new ProblemException("This host has no freezer for cgroups, so containers cannot be suspended; use stop mode.");
        _suspended[guest.Id] = freezer;
        await freezer.FreezeAsync(LxcControl.FreezeLimit, time, cancellation);
    }

    public async Task ResumeAsync(Guest guest, CancellationToken cancellation)
    {
        // The cgroup that was frozen, not the one that would be found now: when the monitor was killed meanwhile, nothing leads to it any more.
        if (_suspended.TryGetValue(guest.Id, out var frozen))
        {
            await frozen.ThawAsync(LxcControl.FreezeLimit, time, cancellation);
            _suspended.TryRemove(guest.Id, out _);
        }

        if (await control.IsRunningAsync(Name(guest), cancellation) && await control.ProcessesAsync(Name(guest), cancellation) is { } processes && Freezer.OfContainer(processes.Init) is { } freezer)
        {
            await freezer.ThawAsync(LxcControl.FreezeLimit, time, cancellation);
        }
    }

    public async Task UndoAsync(Guest? guest, IReadOnlyList<GuestTrace> traces, ITaskLog log, CancellationToken cancellation)
    {
        var left = new List<string>();
        // The container first: it may stand still.
        foreach (var trace in traces.OrderBy(trace => trace.What == ContainerWatch.Trace ? 0 : 1))
        {
            try
            {
                await UndoAsync(guest, trace, log, cancellation);
            }
            catch (ProblemException failed)
            {
                left.Add(failed.Message);
            }
        }

        if (left.Count > 0)
        {
            throw new ProblemException(string.Join("; ", left));
        }
    }

    private async Task UndoAsync(Guest? guest, GuestTrace trace, ITaskLog log, CancellationToken cancellation)
    {
        switch (trace.What)
        {
            case ContainerWatch.Trace:
                await ContainerWatch.UndoAsync(trace, () => control.IsRunningAsync(Name(guest!), cancellation), guest is null ? null : () => StartAsync(guest, cancellation), log, time, cancellation);
                break;
            case RestingContainer.ActivatedTrace:
                await ProcessTable.WaitForMakersAsync([trace.Value], time, cancellation);
                await programs.DoAsync(new HostCommand("lvchange", "-an", trace.Value), cancellation);
                break;
            default:
                // e.g. btrfs … /…/root@vzdump-lxc-101-…, or lvcreate -n snap_…, without the volume group
                await ProcessTable.WaitForMakersAsync([trace.Value, trace.Value.Split('/')[^1]], time, cancellation);
                await snapshots.RemoveAsync(trace, cancellation);
                break;
        }
    }

    internal static LxcName Name(Guest guest) => guest.LxcPath is { } folder ? new LxcName(folder, guest.Name) : new LxcName(ProxmoxLxcFolder, guest.Id.ToString());

    private static HashSet<GuestId> TakenIds(IEnumerable<string> folders)
    {
        var taken = new HashSet<GuestId>();
        foreach (var path in folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.conf")))
        {
            if (GuestId.TryParse(Path.GetFileNameWithoutExtension(path), out var id))
            {
                taken.Add(id);
            }
        }

        return taken;
    }

    private static void RefuseMissing(ContainerPlan plan, Guest guest)
    {
        foreach (var (volume, path) in plan.Volumes.SelectMany(volume => PathsOf(volume.Source).Select(path => (volume, path))))
        {
            if (!(volume.Source is VolumeSource.Image ? File.Exists(path) : Directory.Exists(path)))
            {
                throw new ProblemException(volume.IsRoot
                    ? $"The root file system of container {guest.Id} is not there: {path}."
                    : $"The volume {volume.Key} of container {guest.Id} is not there: {path}.");
            }
        }
    }

    private static IEnumerable<string> PathsOf(VolumeSource source) => source switch
    {
        VolumeSource.Folder folder => [folder.Path],
        VolumeSource.Image image => [image.Path],
        VolumeSource.Overlay overlay => [overlay.Lower, overlay.Upper],
        _ => [],
    };
}
