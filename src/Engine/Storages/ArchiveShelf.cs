using System.Globalization;
using System.Text;
using VzDump.Engine.Archives;
using VzDump.Engine.Host;

namespace VzDump.Engine.Storages;

/// <summary>
/// The archives of one storage. Each reading lists the folder anew, by one program that looks at names, sizes and times; what is kept from one
/// to the next is the first line of notes that have not changed.
/// </summary>
internal sealed class ArchiveShelf(BackupStorage storage, BoundedAccess access, TimeProvider time)
{
    private const int NotesAtOnce = 2000; // their paths must fit on a command line, which holds two mebibytes
    private readonly SemaphoreSlim _one = new(1);
    private Dictionary<string, (string Stamp, string Line)> _notes = new(StringComparer.Ordinal);
    private IReadOnlyList<Archive> _last = [];
    private long _clock;
    private long _lastBegan;

    /// <summary>The archives as they are now, in no order. Those who ask while others wait get the same answer, but never one that began before they asked.</summary>
    /// <exception cref="ProblemException">The folder does not answer or cannot be read.</exception>
    public async Task<IReadOnlyList<Archive>> ReadAsync(CancellationToken cancellation)
    {
        var asked = Interlocked.Increment(ref _clock);
        await _one.WaitAsync(cancellation);
        try
        {
            if (_lastBegan < asked)
            {
                var began = Interlocked.Increment(ref _clock);
                _last = await ReadNowAsync(cancellation);
                _lastBegan = began;
            }

            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<IReadOnlyList<Archive>> ReadNowAsync(CancellationToken cancellation)
    {
        // Logs and protection marks count by their names alone; on a network each look at a file is a question to its server. Links are left out:
        // they could lead anywhere.
        var listing = await access.AskAsync(storage.Place, new HostCommand("find", storage.Folder + "/.",
            "-mindepth", "1", "-maxdepth", "1", "-name", "vzdump-*", "-type", "f",
            "(", "-name", "*.log", "-o", "-name", "*.protected", "-o", "-name", "*.sha256", ")", "-printf", @"0\t0\t0\t%f\0",
            "-o", "-mindepth", "1", "-maxdepth", "1", "-name", "vzdump-*", "-type", "f", "-printf", @"%s\t%T@\t%i\t%f\0"), cancellation);
        if (!listing.Exit.Succeeded && !listing.Complaint.EndsWith("No such file or directory", StringComparison.Ordinal))
        {
            throw new ProblemException($"The archives of the {storage.DisplayName} cannot be read: {listing.Complaint}.");
        }

        var files = new Dictionary<string, FolderEntry>(StringComparer.Ordinal);
        var stamps = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(listing.Output).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            // e.g. 1234<tab>1755830407.1234567890<tab>4711<tab>vzdump-lxc-101-2026_08_22-03_00_00.tar.zst
            if (line.Split('\t', 4) is not [var size, var modified, var inode, var name])
            {
                continue;
            }

            files[name] = new FolderEntry(name, long.Parse(size, CultureInfo.InvariantCulture), At(modified));
            if (name.EndsWith(".notes", StringComparison.Ordinal))
            {
                stamps[name] = $"{size} {modified} {inode}";
            }
        }

        _notes = await ReadNotesAsync(stamps, files, cancellation);
        return ArchiveFolder.Of(storage.Name ?? "", storage.Folder, files, notes => _notes.TryGetValue(notes.Name, out var known) ? known.Line : "", time.LocalTimeZone);
    }

    private async Task<Dictionary<string, (string Stamp, string Line)>> ReadNotesAsync(Dictionary<string, string> stamps, Dictionary<string, FolderEntry> files, CancellationToken cancellation)
    {
        var known = stamps.Where(file => _notes.TryGetValue(file.Key, out var before) && before.Stamp == file.Value).ToDictionary(file => file.Key, file => _notes[file.Key], StringComparer.Ordinal);
        var changed = stamps.Keys.Where(name => !known.ContainsKey(name) && files[name].Size is > 0 and <= ArchiveNotes.Longest && files.ContainsKey(name[..^".notes".Length]));
        foreach (var some in changed.Chunk(NotesAtOnce))
        {
            // The first line of each file, and its name before it. Exit code 1 and 2: one of them has none, or is gone.
            var lines = await access.AskAsync(storage.Place, new HostCommand("grep", ["--text", "--null", "--with-filename", "--max-count=1", "--regexp=^", "--", .. some.Select(name => Path.Combine(storage.Folder, name))]), cancellation);
            foreach (var (name, line) in Lines(lines.Output))
            {
                if (stamps.TryGetValue(name, out var stamp))
                {
                    known[name] = (stamp, line);
                }
            }
        }

        return known;
    }

    // e.g. /srv/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst.notes<NUL>web server<newline>
    private static IEnumerable<(string Name, string Line)> Lines(byte[] output)
    {
        for (var at = 0; at < output.Length;)
        {
            var name = output.AsSpan(at).IndexOf((byte)0);
            var end = name < 0 ? -1 : output.AsSpan(at + name).IndexOf((byte)'\n');
            if (end < 0)
            {
                yield break;
            }

            yield return (Path.GetFileName(Encoding.UTF8.GetString(output, at, name)), ArchiveFolder.FirstLine(Encoding.UTF8.GetString(output, at + name + 1, end - 1)));
            at += name + end + 1;
        }
    }

    private static DateTimeOffset At(string seconds) =>
        DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(Math.Floor(double.Parse(seconds, CultureInfo.InvariantCulture)), -62_000_000_000, 250_000_000_000));
}
