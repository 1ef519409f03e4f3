using System.Text;

namespace VzDump.Engine.Host;

/// <summary>
/// Mounts that nobody else sees: a mount namespace of its own, held by a program that does nothing but wait for our end of its input to close.
/// Killed or not, when we go the kernel takes the namespace away, with its mounts and their loop devices; nothing needs to be remembered.
/// </summary>
public sealed class PrivateMounts : IAsyncDisposable
{
    /// <summary>An empty folder for others; in here everything is mounted below it. Every user may pass to it, so a container's mapped root can.</summary>
    private const string Stage = "/run/vzdump-web";

    private readonly HostPrograms _programs;
    private readonly RunningProgram _holder;

    private PrivateMounts(HostPrograms programs, RunningProgram holder)
    {
        _programs = programs;
        _holder = holder;
    }

    /// <summary>Where the container's root is to be mounted.</summary>
    public static string Root => $"{Stage}/root";

    /// <exception cref="ProblemException">The host does not let us: not root, or a program is missing.</exception>
    public static async Task<PrivateMounts> OpenAsync(HostPrograms programs, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(Stage, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new ProblemException($"The volumes of a container can only be mounted by root ({refused.Message}).", refused);
        }

        // Changes of the host's mounts go on arriving here (else a disk that is unmounted there would stay busy), ours never leave.
        var complaints = new StringBuilder();
        var holder = programs.Start(new HostCommand(programs.Require("unshare"), "--mount", "--propagation", "slave", programs.Require("cat")), line => complaints.Append(line).Append(' '));
        var mounts = new PrivateMounts(programs, holder);
        try
        {
            // The echo says that the namespace is there.
            await holder.Input.WriteAsync("\n"u8.ToArray(), cancellation);
            await holder.Input.FlushAsync(cancellation);
            if (await holder.Output.ReadAsync(new byte[1], cancellation) == 0)
            {
                await holder.ErrorLinesRead;
                throw new ProblemException($"A private mount namespace cannot be made: {complaints.ToString().Trim()}.");
            }

            await mounts.MountAsync("tmpfs", Stage, "tmpfs", "mode=755,size=1M", cancellation);
            await mounts.RunAsync(new HostCommand("mkdir", Root), cancellation);
            return mounts;
        }
        catch
        {
            await mounts.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same command, seeing these mounts.</summary>
    public HostCommand Enter(HostCommand command) => command.Under("nsenter", $"--mount=/proc/{_holder.Pid}/ns/mnt", "--");

    /// <exception cref="ProblemException">It cannot be mounted.</exception>
    public Task MountAsync(string source, string folder, string? type, string options, CancellationToken cancellation) =>
        RunAsync(new HostCommand("mount", [.. type is null ? (string[])[] : ["-t", type], "-o", options, "--", source, folder]), cancellation);

    /// <summary>Runs a program in here for its output.</summary>
    /// <exception cref="ProblemException">It failed; the message has its first complaint.</exception>
    public async Task<string> RunAsync(HostCommand command, CancellationToken cancellation)
    {
        _programs.Require(command.Program);
        var result = await _programs.RunAsync(Enter(command), cancellation);
        return result.Exit.Succeeded ? result.Output : throw new ProblemException($"{result.Complaint}");
    }

    /// <summary>Unmounts everything, so that what lies beneath is free when this returns, and lets the namespace go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_holder.Exit.IsCompleted)
        {
            // What is still in use is unmounted by the kernel when its last user ends.
            await _programs.RunAsync(Enter(new HostCommand(_programs.Require("umount"), "--recursive", Stage)), CancellationToken.None);
        }

        await _holder.DisposeAsync();
    }
}
