using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Lets a program work in a container's files as the container's root would, whether it runs or not.</summary>
internal sealed class ContainerRoots(LxcControl control, ContainerVolumes volumes, HostPrograms programs)
{
    /// <summary>Opens them. Nothing has to be undone after a kill: the kernel takes the mounts away.</summary>
    /// <exception cref="ProblemException">They cannot be written to as it is now.</exception>
    public async Task<ContainerRoot> OpenAsync(Guest guest, CancellationToken cancellation)
    {
        if (await control.IsRunningAsync(LxcDriver.Name(guest), cancellation))
        {
            var processes = await control.ProcessesAsync(LxcDriver.Name(guest), cancellation);
            return processes is not null && ProcessHandle.TryOpen(processes.Init) is { } init
                ? new ContainerRoot.Running(programs, init)
                : throw new ProblemException($"The container {guest.Name} has just ended. Try it again.");
        }

        var config = GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation));
        var plan = await volumes.PlanAsync(guest, config, cancellation);
        var mounts = await PrivateMounts.OpenAsync(programs, cancellation);
        try
        {
            foreach (var volume in plan.Volumes)
            {
                var folder = volume.IsRoot ? PrivateMounts.Root : PrivateMounts.Root + volume.Inside;
                if (!volume.IsRoot)
                {
                    await VolumeMounts.RefuseLinksAsync(mounts, folder, cancellation);
                }

                await mounts.MountAsync(FolderOf(guest, volume), folder, type: null, "bind,nodev", cancellation);
            }

            return new ContainerRoot.Resting(programs, mounts, plan.IdMapOnDisk);
        }
        catch
        {
            await mounts.DisposeAsync();
            throw;
        }
    }

    // An image or a logical volume that is mounted twice is destroyed: and nobody keeps a person from starting the container meanwhile.
    private static string FolderOf(Guest guest, ContainerVolume volume) => volume.Source switch
    {
        VolumeSource.Folder folder when Directory.Exists(folder.Path) => folder.Path,
        VolumeSource.Dataset dataset when MountTable.On(dataset.MountPoint) is { FileSystem: "zfs" } => dataset.MountPoint,
        _ => throw new ProblemException($"The volume {volume.Key} of {guest.Name} cannot be written to while the container is stopped. Start it, then its files can be put back."),
    };
}

/// <summary>A container's files, open for one program after another.</summary>
internal abstract class ContainerRoot(HostPrograms programs) : IAsyncDisposable
{
    public abstract bool IsRunning { get; }

    /// <summary>Starts a program whose folder is the container's root, and which is its root user there.</summary>
    /// <exception cref="ProblemException">The container has ended.</exception>
    public abstract RunningProgram Start(HostCommand command, Action<string> onErrorLine);

    public abstract ValueTask DisposeAsync();

    protected HostPrograms Programs { get; } = programs;

    public sealed class Running(HostPrograms programs, ProcessHandle init) : ContainerRoot(programs)
    {
        public override bool IsRunning => true;

        public override RunningProgram Start(HostCommand command, Action<string> onErrorLine)
        {
            // From here on it is in the user namespace, where a container's root has no rights over anything else.
            var inside = command.Under("nsenter", $"--user=/proc/{init.Pid}/ns/user", "--setuid=0", "--setgid=0", "--") with { Folder = $"/proc/{init.Pid}/root" };
            var program = Programs.Start(IsOurs(init.Pid) ? command with { Folder = inside.Folder } : inside, onErrorLine);

            // The number was the container's when the folder was entered, if it still is now.
            if (!init.HasExited)
            {
                return program;
            }

            _ = program.StopAsync();
            throw new ProblemException("The container has just ended. Try it again.");
        }

        public override ValueTask DisposeAsync()
        {
            init.Dispose();
            return ValueTask.CompletedTask;
        }

        // A privileged container lives in the host's user namespace, which nobody can enter who is in it.
        private static bool IsOurs(int pid) => new FileInfo($"/proc/{pid}/ns/user").LinkTarget == new FileInfo("/proc/self/ns/user").LinkTarget;
    }

    public sealed class Resting(HostPrograms programs, PrivateMounts mounts, IReadOnlyList<IdMapping> map) : ContainerRoot(programs)
    {
        public override bool IsRunning => false;

        public override RunningProgram Start(HostCommand command, Action<string> onErrorLine) =>
            Programs.Start(mounts.Enter(command.Under("env", $"--chdir={PrivateMounts.Root}", "--").SeeingIds(map, Programs)), onErrorLine);

        public override ValueTask DisposeAsync() => mounts.DisposeAsync();
    }
}
