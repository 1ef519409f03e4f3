using System.Globalization;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>
/// A copy of a running container's files in two steps, by rsync: a long one while it runs, and a short one, for which it stands still, of what
/// has changed meanwhile.
/// </summary>
internal sealed class TreeCopy(int init, IReadOnlyList<ContainerVolume> volumes, string folder, PreparationRequest request, HostPrograms programs, TimeProvider time) : IAsyncDisposable
{
    private const int SomeVanished = 24;
    private const int SomeNotTransferred = 23;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(1);
    private WaitingProgram? _final;
    private Task _finished = Task.CompletedTask;

    public string Folder => folder;

    private string Source => string.Create(CultureInfo.InvariantCulture, $"/proc/{init}/root");

    /// <summary>The first step. Files that come and go meanwhile are the second step's business.</summary>
    /// <exception cref="ProblemException">There is no copy.</exception>
    public async Task FirstAsync(CancellationToken cancellation)
    {
        await using (var program = Begin("--sparse", isResting: false))
        {
            await SyncAsync("first", program, isResting: false, cancellation);
        }

        // The container shall not stand still for a program's start: the second one waits for the word to go.
        _final = Begin("--inplace", isResting: true);
    }

    /// <summary>The second step; the container stands still. When this returns nothing more is read, and whether all succeeded <see cref="FinishAsync"/> tells.</summary>
    /// <exception cref="ProblemException">The copy is not complete.</exception>
    public async Task FinalAsync(CancellationToken cancellation)
    {
        var program = _final ??= Begin("--inplace", isResting: true);
        _finished = SyncAsync("final", program, isResting: true, cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var read = AllReadAsync(program.Pid, over.Token);
        await Task.WhenAny(_finished, read);
        if (!read.IsCompletedSuccessfully)
        {
            await over.CancelAsync();
            await _finished;
        }
    }

    /// <summary>Sees to it that all of the second step succeeded; the container may go on meanwhile.</summary>
    /// <exception cref="ProblemException">The copy is not complete.</exception>
    public Task FinishAsync() => _finished;

    public ValueTask DisposeAsync() => _final?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>rsync's arguments. It reads excludes from its input, each with a zero behind it.</summary>
    /// <param name="source">The container's root, without a slash at its end.</param>
    /// <param name="writing">How it writes a file: <c>--sparse</c> into a new copy, <c>--inplace</c> into one that is there.</param>
    public static IReadOnlyList<string> Arguments(string source, IEnumerable<ContainerVolume> volumes, string folder, string writing, IEnumerable<string> excludes, BandwidthLimit limit) =>
    [
        // A change within the second of the first step that leaves the size alone is seen by its nanoseconds only: --modify-window.
        "--stats", "-h", "-X", "-A", "--numeric-ids", "-aH", "--delete", "--no-whole-file", "--modify-window=-1", writing, "--one-file-system", "--relative",
        .. limit.IsNone ? (string[])[] : [$"--bwlimit={Math.Max(1, limit.BytesPerSecond / 1024).ToString(CultureInfo.InvariantCulture)}"],
        "--from0", "--exclude-from=-",
        .. excludes.Where(glob => !IsRule(glob)).Select(glob => $"--exclude={glob}"),
        "--",
        .. volumes.Select(volume => $"{source}/.{(volume.IsRoot ? "/" : volume.Inside)}"),
        $"{folder}/",
    ];

    // Standing still, the container waits for us: no limit then, and before everybody else to the processor.
    private WaitingProgram Begin(string writing, bool isResting)
    {
        var command = new HostCommand(programs.Require("rsync"), Arguments(Source, volumes, folder, writing, request.Excludes, isResting ? default : request.BandwidthLimit));
        // When we are killed its input ends without the word; by itself it copies nothing.
        command = command.Under("/bin/sh", "-c", "read -r go && exec \"$@\"", "_");
        return programs.Begin(isResting ? command.Under("nice", "-n", "-15") : request.IoNice is { } priority ? IoPriority.Apply(command, priority) : command);
    }

    private async Task SyncAsync(string which, WaitingProgram program, bool isResting, CancellationToken cancellation)
    {
        request.Log.Info($"starting {which} sync {Source}/ to {folder}");
        var began = time.GetTimestamp();
        // A bind mount of a folder that lies on the container's own file system is no other file system to rsync.
        var result = await program.GoAsync($"go\n{string.Concat(Foreign().Select(mount => $"{Literal(mount)}/*\0"))}", cancellation);
        if (!(result.Exit.Succeeded || (!isResting && result.Exit.Code is SomeVanished or SomeNotTransferred)))
        {
            throw new ProblemException(result.ErrorOutput.Contains("No space left on device", StringComparison.Ordinal) || result.ErrorOutput.Contains("Disk quota exceeded", StringComparison.Ordinal)
                ? $"There is no room for the copy of the container in {folder}. Give a temporary folder (tmpdir) on a larger disk, or use stop mode."
                : $"The container's files could not be copied to {folder} (rsync: {result.Exit}): {result.Complaint}.");
        }

        request.Log.Info($"{which} sync finished - transferred {Transferred(result.Output)} bytes in {Math.Round(time.GetElapsedTime(began).TotalSeconds).ToString(CultureInfo.InvariantCulture)}s");
    }

    // rsync is three processes, one the child of the other: sender, generator, receiver. The last is told to end when everything is copied; the
    // others then look for each other's end at intervals, 40 ms in all, in which the container need not stand still.
    private async Task AllReadAsync(int sender, CancellationToken cancellation)
    {
        ProcessHandle? receiver = null;
        while (receiver is null)
        {
            await Task.Delay(Glance, time, cancellation);
            receiver = ProcessTable.Children(sender).SelectMany(ProcessTable.Children).Select(ProcessHandle.TryOpen).FirstOrDefault(found => found is not null);
        }

        using (receiver)
        {
            _ = await receiver.WaitForExitAsync(TimeSpan.MaxValue, time, cancellation);
        }
    }

    // Read anew each time: mounts come and go, and a container's root may move the folders above a mount.
    private List<string> Foreign()
    {
        List<string> mounts;
        try
        {
            mounts = [.. MountTable.ReadOf(init).Select(mount => mount.Folder).Distinct()];
        }
        catch (IOException gone)
        {
            throw new ProblemException("The container ended while it was copied.", gone);
        }

        if (volumes.FirstOrDefault(volume => !mounts.Contains(volume.Inside)) is { } missing)
        {
            throw new ProblemException($"The mount point {missing.Key} is not mounted in the container at '{missing.Inside}'.");
        }

        // A file may be mounted too; it stays in the copy, for without it the restored container had nothing to mount on.
        return [.. mounts.Except(volumes.Select(volume => volume.Inside)).Where(mount => Directory.Exists(Source + mount))];
    }

    // e.g. Total transferred file size: 558.25M bytes
    private static string Transferred(string statistics)
    {
        const string before = "Total transferred file size: ";
        var line = statistics.Split('\n').FirstOrDefault(line => line.StartsWith(before, StringComparison.Ordinal));
        return line is null ? "?" : line[before.Length..].Replace(" bytes", "", StringComparison.Ordinal);
    }

    // The star behind it makes rsync read it as a pattern.
    private static string Literal(string path) => path.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("*", @"\*", StringComparison.Ordinal).Replace("?", @"\?", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal);

    // rsync would read these as something else than a glob; tar heeds them in the end anyhow.
    private static bool IsRule(string glob) => glob is "!" || glob.StartsWith("+ ", StringComparison.Ordinal) || glob.StartsWith("- ", StringComparison.Ordinal) || glob.EndsWith('/');
}
