using System.Text.RegularExpressions;
using VzDump.Engine.Archives;
using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Host;

namespace VzDump.Engine.Browsing.PutBack;

/// <summary>
/// Puts chosen files of an archive into a container, running or not. <c>bsdtar</c> unpacks them with the container's root as its own and follows no link on
/// the way, so nothing in a container can lead it to another place. Each file is complete before it takes the old one's place.
/// </summary>
public sealed partial class PutBackEngine
{
    /// <summary>More paths cannot be asked for at once: a folder stands for all that is in it.</summary>
    public const int MostPaths = 10_000;

    private const int MostNamed = 100;
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(250);
    private readonly PutBackRuntime _runtime;

    internal PutBackEngine(PutBackRuntime runtime) => _runtime = runtime;

    /// <summary>What would be done. Nothing is.</summary>
    /// <exception cref="ProblemException">It cannot be done so.</exception>
    public async Task<PutBackPlan> PlanAsync(PutBackRequest request, CancellationToken cancellation)
    {
        var (chosen, target) = await FindAsync(request, cancellation);
        return new PutBackPlan(chosen.Count, chosen.FileBytes, target.Guest.Name, target.Status is not GuestStatus.Stopped);
    }

    /// <summary>Does it, and tells of it as a run does.</summary>
    /// <returns>How it ended; only a cancellation is thrown. What was put back until then stays.</returns>
    public async Task<RunResult> RunAsync(PutBackRequest request, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        var (time, guest) = (_runtime.Time, request.Target);
        var began = time.GetTimestamp();
        events.Report(new BackupEvent.TasksPlanned([new PlannedTask(guest, GuestKind.Lxc, "")]));
        events.Report(new BackupEvent.TaskStarted(guest, time.GetLocalNow()));
        await using var log = new TaskLog(guest, events, _runtime.SystemLog, time);
        log.Important(LogLevel.Info, $"Starting Restore of files to VM {guest} (lxc)");
        log.Info($"archive '{request.ArchivePath}'");
        TaskOutcome outcome;
        try
        {
            await PutAsync(request, events, log, cancellation);
            outcome = new TaskOutcome.Done(request.ArchivePath, new FileInfo(request.ArchivePath).Length, time.GetElapsedTime(began));
            log.Important(LogLevel.Info, $"Finished Restore of files to VM {guest} ({VzdumpFormat.Time(time.GetElapsedTime(began))})");
        }
        catch (Exception error) when (error is ProblemException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            outcome = new TaskOutcome.Failed(error.Message, time.GetElapsedTime(began));
            log.Important(LogLevel.Error, $"Restore of files to VM {guest} failed - {error.Message}");
        }
        catch (OperationCanceledException)
        {
            log.Important(LogLevel.Error, $"Restore of files to VM {guest} failed - interrupted: it was stopped. Files that were put back until then stay.");
            events.Report(new BackupEvent.TaskFinished(guest, time.GetLocalNow(), new TaskOutcome.Cancelled(time.GetElapsedTime(began))));
            throw;
        }

        events.Report(new BackupEvent.TaskFinished(guest, time.GetLocalNow(), outcome));
        return new RunResult([new TaskResult(guest, outcome)], (outcome as TaskOutcome.Failed)?.Reason);
    }

    private async Task<(ChosenMembers Chosen, GuestState Target)> FindAsync(PutBackRequest request, CancellationToken cancellation)
    {
        if (request.Folder is { } folder && !Folder().IsMatch(folder))
        {
            throw new ProblemException($"'{folder}' is no folder to put files into. Give a path such as /restored, of letters, digits, '.', '_', '-' and '/'.");
        }

        if (request.Paths.Count > MostPaths)
        {
            throw new ProblemException($"More than {MostPaths} were chosen. Choose folders instead of all that is in them.");
        }

        var target = (await _runtime.Inventory.ListAsync(cancellation)).Guests.FirstOrDefault(state => state.Guest.Id == request.Target)
            ?? throw new ProblemException($"There is no guest {request.Target}.");
        if (target.Guest.Kind is not GuestKind.Lxc)
        {
            throw new ProblemException($"{target.Guest.Name} ({target.Guest.Id}) is a virtual machine: files cannot be put into it from here. Download them.");
        }

        _runtime.Programs.Require("bsdtar");
        using var tree = _runtime.Trees.Find(request.ArchivePath) ?? throw new ProblemException($"The files of '{Path.GetFileName(request.ArchivePath)}' are not listed. Open it on the page of its files, then choose again.");
        var paths = request.Paths.Select(text => MemberPath.TryParse(text, out var path) ? path : throw new ProblemException($"'{text}' is no path.")).ToList();
        return (await Task.Run(() => ChosenMembers.Of(tree, paths), cancellation), target);
    }

    private async Task PutAsync(PutBackRequest request, IProgress<BackupEvent> events, TaskLog log, CancellationToken cancellation)
    {
        var (chosen, target) = await FindAsync(request, cancellation);
        log.Info($"{chosen.Count} files, folders and links, {VzdumpFormat.Size(chosen.FileBytes)}, to '{request.Folder ?? "their places"}' in {target.Guest.Name}");
        if (chosen.BroughtAlong > 0)
        {
            log.Info($"{chosen.BroughtAlong} of them because a chosen name is another name of theirs");
        }

        await using var root = await _runtime.Roots.OpenAsync(target.Guest, cancellation);
        log.Info(root.IsRunning ? "the container is running" : "the container is stopped");
        await using var input = _runtime.Decompressor.Open(request.ArchivePath);
        await using var ranges = new RangesReader(input.Output, chosen.Ranges);
        using var members = new TarMembers(ranges) { KeepsHeaders = true, KeepsPieces = false, EndsWithoutMark = true };
        var complaints = new List<string>();
        await using var unpacking = root.Start(Command(request.Folder), line => Complain(complaints, line, log));
        await using var ending = cancellation.UnsafeRegister(static state => _ = ((RunningProgram)state!).StopAsync(), unpacking);
        var access = AclText.OfHost();
        var left = 0L;
        var meter = new Meter(request.Target, chosen, events, _runtime.Time);
        var stream = new PutBackStream(members, access)
        {
            Begin = path => meter.Path = path,
            LeaveOut = (path, why) =>
            {
                if (left++ < MostNamed)
                {
                    log.Warn($"'{path}' is left out: {why}");
                }
            },
        };
        meter.Watched = stream;
        Exception? broken = null;
        try
        {
            await using (meter)
            {
                await stream.WriteAsync(unpacking.Input, cancellation);
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ProblemException)
        {
            broken = error; // bsdtar gave up and says why, or the archive cannot be read further
        }

        try
        {
            unpacking.Input.Close();
        }
        catch (IOException error)
        {
            broken ??= error;
        }

        var exit = await unpacking.Exit;
        await unpacking.ErrorLinesRead;
        cancellation.ThrowIfCancellationRequested();
        if (access.LeftOut > 0)
        {
            log.Warn($"{access.LeftOut} entries of access control lists are left out: this host does not know their users or groups");
        }

        log.Info($"{stream.Files} put back, {VzdumpFormat.Size(stream.Bytes)}{(left > 0 ? $", {left} left out" : "")}");
        if (broken is InvalidDataException or ProblemException)
        {
            throw new ProblemException($"The archive cannot be read to the end: {broken.Message} What came before is put back.", broken);
        }

        if (!exit.Succeeded)
        {
            throw new ProblemException(complaints.Count > 0 ? $"Not everything could be put back: {complaints[0]}" : $"Not everything could be put back (bsdtar: {exit}).");
        }

        if (broken is not null)
        {
            throw new ProblemException($"Not everything could be put back: {broken.Message}", broken);
        }
    }

    // Without -P it refuses what leads elsewhere, also through a link that is there already.
    private static HostCommand Command(string? folder) => new("bsdtar",
    [
        "-x", "-p", "-f", "-", "--chroot", "--numeric-owner", "--same-owner", "--acls", "--xattrs", "--no-fflags", "--safe-writes",
        .. folder is null ? (string[])[] : ["-s", $",^,{folder.Trim('/')}/,S"], // S: what symbolic links lead to stays
    ]);

    // e.g. "./etc/a: Cannot extract through symlink etc/a: Success"; names in it are a stranger's
    private static void Complain(List<string> complaints, string line, TaskLog log)
    {
        if (complaints.Count < MostNamed && !line.EndsWith("Error exit delayed from previous errors.", StringComparison.Ordinal))
        {
            var text = MemberPath.Show(System.Text.Encoding.UTF8.GetBytes(line[..Math.Min(line.Length, 1000)]));
            text = text.EndsWith(": Success", StringComparison.Ordinal) ? text[..^": Success".Length] : text;
            complaints.Add(text);
            log.Warn(text);
        }
    }

    [GeneratedRegex(@"\A/?([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*/?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Folder();

    // A few times a second, however fast the data flows.
    private sealed class Meter(GuestId guest, ChosenMembers chosen, IProgress<BackupEvent> events, TimeProvider time) : IAsyncDisposable
    {
        private readonly long _began = time.GetTimestamp();
        private ITimer? _timer;

        public MemberPath Path { get; set; }

        public PutBackStream? Watched
        {
            get;
            set
            {
                field = value;
                _timer = time.CreateTimer(_ => Tell(), null, TellEvery, TellEvery);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_timer is not null)
            {
                await _timer.DisposeAsync();
            }

            Tell();
        }

        private void Tell() => events.Report(new BackupEvent.TaskProgressed(
            guest, new BackupProgress(Watched!.Bytes, chosen.FileBytes, Watched.Bytes / Math.Max(0.001, time.GetElapsedTime(_began).TotalSeconds), 0) { DoneFiles = Watched.Files, TotalFiles = chosen.Count, Path = Path.ToString() }));
    }
}

/// <summary>What putting files back works with.</summary>
internal sealed record PutBackRuntime(GuestInventory Inventory, ArchiveTrees Trees, Decompressor Decompressor, ContainerRoots Roots, HostPrograms Programs, SystemLog SystemLog, TimeProvider Time);
