using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Unpacks a container's archive into its new volumes with GNU tar.</summary>
internal sealed class ContainerUnpacking(HostPrograms programs)
{
    // Puts the volumes together where nobody else sees them, runs a program there, and takes them apart again, so that their file systems are
    // whole afterwards. Arguments: for each mount its kind, source, folder and the owner of its root (or nothing); then -- and the program.
    private const string Mounting = """
        step() {
          if [ "$1" = -- ]; then shift; "$@"; return; fi
          local folder="$3"
          mkdir -p -- "$3" || return
          case "$1" in
            bind) mount --bind -- "$2" "$3" ;;
            loop) mount -o loop -- "$2" "$3" ;;
          esac || return
          [ -z "$4" ] || chown -- "$4" "$3" || return
          shift 4
          step "$@" || return
          umount -- "$folder"
        }
        step "$@"
        """;

    private const int MostComplaints = 100;

    /// <param name="points">Other volumes with the container's path of each, outer ones first.</param>
    /// <exception cref="ProblemException">Something could not be unpacked.</exception>
    public async Task UnpackAsync(
        NewVolume root, IReadOnlyList<(NewVolume Volume, string At)> points, IReadOnlyList<IdMapping> map, GuestId guest, Stream archive, ITaskLog log, CancellationToken cancellation)
    {
        programs.Require("tar");
        foreach (var image in points.Select(point => point.Volume).Append(root).Where(volume => volume.Form is VolumeForm.RawImage))
        {
            await FormatAsync(image, cancellation);
        }

        var owner = IdMapping.RootOf(map) is { } ids ? string.Create(CultureInfo.InvariantCulture, $"{ids.User}:{ids.Group}") : "";
        var mountedAt = root.Form is VolumeForm.RawImage ? $"/run/vzdump-restore-{guest}" : root.Path;
        if (root.Form is not VolumeForm.RawImage)
        {
            // A container's root is open to all who live in it.
            File.SetUnixFileMode(root.Path, (UnixFileMode)0b111_101_101);
            if (IdMapping.RootOf(map) is { } mapped)
            {
                HostUser.GiveTo(root.Path, mapped.User, mapped.Group);
            }
        }

        var mounts = new List<string>();
        foreach (var (volume, at) in points.Prepend((root, "/")).Where(point => point.Item1 != root || root.Form is VolumeForm.RawImage))
        {
            mounts.AddRange([volume.Form is VolumeForm.RawImage ? "loop" : "bind", volume.Path, at == "/" ? mountedAt : Inside(mountedAt, at), owner]);
        }

        var command = new HostCommand("tar",
        [
            "xpf", "-", "--totals", "--same-owner", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=user.*", "--xattrs-include=security.capability",
            "--warning=no-unknown-keyword", $"--directory={mountedAt}",
            "--anchored", .. ((string[])["pct.conf", "pct.fw", "lxc.conf"]).SelectMany(name => (string[])[$"--exclude=./etc/vzdump/{name}", $"--exclude=etc/vzdump/{name}"]),
            .. map.Count > 0 ? (string[])["--exclude=./dev/*"] : [],
        ]).SeeingIds(map, programs);
        if (mounts.Count > 0)
        {
            command = command.Under("/bin/sh", ["-c", Mounting, "_", .. mounts, "--"]).Under("unshare", "--mount", "--propagation", "private");
        }

        try
        {
            await RunAsync(command, archive, log, cancellation);
        }
        finally
        {
            if (root.Form is VolumeForm.RawImage && Directory.Exists(mountedAt))
            {
                Directory.Delete(mountedAt); // empty: what was mounted there is gone with its namespace
            }
        }
    }

    private async Task RunAsync(HostCommand command, Stream archive, ITaskLog log, CancellationToken cancellation)
    {
        var complaints = new List<string>();
        await using var tar = programs.Start(command, line =>
        {
            // e.g. Total bytes read: 10240 (10KiB, 1.5MiB/s)
            if (line.StartsWith("Total bytes read:", StringComparison.Ordinal))
            {
                log.Info(line);
            }
            else if (complaints.Count < MostComplaints)
            {
                complaints.Add(line);
                log.Warn(line);
            }
        });
        await using var ending = cancellation.UnsafeRegister(static state => _ = ((RunningProgram)state!).StopAsync(), tar);
        IOException? broken = null;
        try
        {
            await archive.CopyToAsync(tar.Input, 1024 * 1024, cancellation);
        }
        catch (IOException error)
        {
            broken = error; // tar gave up and says why, or the archive cannot be read: then it is cut off for tar, too
        }

        try
        {
            tar.Input.Close();
        }
        catch (IOException error)
        {
            broken ??= error;
        }

        var exit = await tar.Exit;
        await tar.ErrorLinesRead;
        cancellation.ThrowIfCancellationRequested();
        if (exit is { Code: 2 } && broken is null && complaints.TrueForAll(IsAboutDevices))
        {
            log.Warn("devices were left out: an unprivileged container cannot have them");
        }
        else if (!exit.Succeeded)
        {
            var why = $"The archive could not be unpacked (tar: {exit}){(complaints.Find(line => !IsAboutDevices(line)) is { } first ? $": {first}" : "")}.";
            throw broken is null ? new ProblemException(why) : new ProblemException(why, broken);
        }
        else if (broken is not null)
        {
            throw broken;
        }
    }

    // e.g. tar: ./var/lib/x/null: Cannot mknod: Operation not permitted     and its last line: tar: Exiting with failure status due to previous errors
    private static bool IsAboutDevices(string line) =>
        line.EndsWith("Cannot mknod: Operation not permitted", StringComparison.Ordinal) || line.Contains("Exiting with failure status", StringComparison.Ordinal);

    private async Task FormatAsync(NewVolume image, CancellationToken cancellation)
    {
        programs.Require("mkfs.ext4");
        var made = await programs.RunAsync(new HostCommand("mkfs.ext4", "-q", "-F", "-m", "0", image.Path), cancellation);
        if (!made.Exit.Succeeded)
        {
            throw new ProblemException($"The volume '{image.Id}' could not be formatted: {made.Complaint}.");
        }
    }

    // e.g. /run/vzdump-restore-101 and /srv/data: a path out of an archive stays inside
    private static string Inside(string root, string at)
    {
        var full = Path.GetFullPath(Path.Combine(root, at.TrimStart('/')));
        return full.StartsWith(root + "/", StringComparison.Ordinal) ? full : throw new ProblemException($"The mount point '{at}' leads out of the container.");
    }
}
