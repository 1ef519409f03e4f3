using System.Text;
using VzDump.Engine.Archives;

namespace VzDump.Engine.Storages;

/// <summary>
/// The archives of one storage. Each reading lists the folder anew, by one program that looks at names, sizes and times; what is kept from one
/// to the next is the first line of notes that have not changed.
/// </summary>
internal sealed class ArchiveShelf(BackupStorage storage, FolderListing folders, TimeProvider time)
{
    private const int PathBytesAtOnce = 1024 * 1024; // a command line holds two mebibytes
    private const int BytesBesideAPath = 9; // its end, and where it begins
    private readonly SemaphoreSlim _one = new(1);
    private Dictionary<string, NotesLine> _notes = new(StringComparer.Ordinal);
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
        var files = await folders.FilesAsync(storage, "vzdump-*", cancellation);
        _notes = await ReadNotesAsync(files, cancellation);
        return ArchiveFolder.Of(storage.Name ?? "", storage.Folder, files, notes => _notes.TryGetValue(notes.Name, out var known) ? known.Line : "", time.LocalTimeZone);
    }

    private async Task<Dictionary<string, NotesLine>> ReadNotesAsync(Dictionary<string, FolderEntry> files, CancellationToken cancellation)
    {
        var known = new Dictionary<string, NotesLine>(StringComparer.Ordinal);
        var changed = new List<string>();
        foreach (var file in files.Values.Where(file => file.Name.EndsWith(".notes", StringComparison.Ordinal)))
        {
            if (_notes.TryGetValue(file.Name, out var before) && before.Stamp == file.Stamp)
            {
                known.Add(file.Name, before);
            }
            else if (file.Size is > 0 and <= ArchiveNotes.Longest && files.ContainsKey(file.Name[..^".notes".Length]))
            {
                changed.Add(Path.Combine(storage.Folder, file.Name));
            }
        }

        foreach (var paths in Portions(changed))
        {
            // The first line of each file, and its name before it. Exit code 1 and 2: one of them has none, or is gone.
            var lines = await folders.AskAsync(storage, "grep", cancellation, ["--text", "--null", "--with-filename", "--max-count=1", "--regexp=^", "--", .. paths]);
            foreach (var (name, line) in Lines(lines.Output))
            {
                if (files.TryGetValue(name, out var file))
                {
                    known[name] = new NotesLine(file.Stamp, line);
                }
            }
        }

        return known;
    }

    private static IEnumerable<IReadOnlyList<string>> Portions(List<string> paths)
    {
        for (var first = 0; first < paths.Count;)
        {
            var end = first;
            for (var bytes = 0; end < paths.Count && (bytes += Encoding.UTF8.GetByteCount(paths[end]) + BytesBesideAPath) <= PathBytesAtOnce;)
            {
                end++;
            }

            yield return paths[first..end];
            first = end;
        }
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

    private sealed record NotesLine(string Stamp, string Line);
}
