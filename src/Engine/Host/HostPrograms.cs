using System.Diagnostics;
using System.Text;

namespace VzDump.Engine.Host;

/// <summary>Starts programs of the host. Every one of them goes through here, from an argument list.</summary>
/// <param name="folders">Where programs are looked for; null for the usual places.</param>
public sealed class HostPrograms(IReadOnlyList<string>? folders = null)
{
    private const int OutputLimit = 1024 * 1024;

    // setsid replaces itself by the program, which then leads a session and a process group of its own: a signal to the group reaches its
    // children, and a Ctrl+C meant for us does not reach it.
    private const string Leader = "setsid";

    private static readonly Dictionary<string, string> DebianPackages = new(StringComparer.Ordinal)
    {
        ["tar"] = "tar",
        ["zstd"] = "zstd",
        ["lzop"] = "lzop",
        ["gzip"] = "gzip",
        ["bzip2"] = "bzip2",
        ["cat"] = "coreutils",
        ["rm"] = "coreutils",
        ["mke2fs"] = "e2fsprogs",
        ["du"] = "coreutils",
        ["ionice"] = "util-linux",
        ["setsid"] = "util-linux",
        ["lxc-start"] = "lxc",
        ["lxc-stop"] = "lxc",
        ["lxc-info"] = "lxc",
        ["lxc-usernsexec"] = "lxc",
        ["rsync"] = "rsync",
        ["btrfs"] = "btrfs-progs",
        ["unshare"] = "util-linux",
        ["nsenter"] = "util-linux",
        ["mount"] = "mount",
        ["umount"] = "mount",
        ["blkid"] = "util-linux",
        ["realpath"] = "coreutils",
        ["stat"] = "coreutils",
        ["zfs"] = "zfsutils-linux",
        ["lvcreate"] = "lvm2",
        ["lvchange"] = "lvm2",
        ["lvremove"] = "lvm2",
        ["lvs"] = "lvm2",
        ["mkfs.ext4"] = "e2fsprogs",
        ["bsdtar"] = "libarchive-tools",
        ["guestfish"] = "guestfish",
        ["qemu-img"] = "qemu-utils",
        ["qemu-storage-daemon"] = "qemu-system-common",
        ["qemu-system-x86_64"] = "qemu-system-x86",
    };

    /// <summary>Full path of a program, or null when the host has none of that name.</summary>
    public string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(program) ? program : null;
        }

        return (folders ?? UsualFolders())
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }

    // Daemons are often started with a bare PATH; the sbin folders hold what an administrator's tools need.
    private static IEnumerable<string> UsualFolders() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);

    /// <summary>Full path of a program.</summary>
    /// <exception cref="ProblemException">The host has no such program; the message names the Debian package.</exception>
    public string Require(string program) => Find(program) ?? throw new ProblemException(
        DebianPackages.TryGetValue(program, out var package)
            ? $"The program '{program}' is not installed; it comes with the Debian package '{package}' (apt-get install {package})."
            : $"The program '{program}' is not installed.");

    /// <summary>Starts a program; its error output comes line by line.</summary>
    public RunningProgram Start(HostCommand command, Action<string> onErrorLine)
    {
        var info = new ProcessStartInfo(Require(Leader))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = command.Folder,
        };
        info.ArgumentList.Add(Require(command.Program));
        foreach (var argument in command.Arguments)
        {
            info.ArgumentList.Add(argument);
        }

        // Messages in English and dates in one form, whatever the host speaks.
        info.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in command.Environment)
        {
            info.Environment[name] = value;
        }

        var process = Process.Start(info) ?? throw new ProblemException($"'{command.Program}' could not be started.");
        return new RunningProgram(process, command.Program, onErrorLine);
    }

    /// <summary>Starts a program that reads its input to the end before it works, so that it is ready when it is told to go.</summary>
    public WaitingProgram Begin(HostCommand command) => new(errorLine => Start(command, errorLine), OutputLimit);

    /// <summary>Runs a program to its end and collects what it says. Cancelling ends the program.</summary>
    public async Task<ProgramResult> RunAsync(HostCommand command, CancellationToken cancellation)
    {
        await using var program = Begin(command);
        return await program.GoAsync("", cancellation);
    }

    /// <summary>Runs a program that must succeed; its output.</summary>
    /// <exception cref="ProblemException">It failed; the message has the program and its first complaint.</exception>
    public async Task<string> DoAsync(HostCommand command, CancellationToken cancellation)
    {
        var result = await RunAsync(command, cancellation);
        return result.Exit.Succeeded ? result.Output : throw new ProblemException($"{command.Program}: {result.Complaint}");
    }
}
