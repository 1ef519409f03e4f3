using System.Text;

namespace VzDump.Engine.Configuration;

/// <summary>A guest's configuration in Proxmox VE's format. Only the part before the first <c>[section]</c> is the guest as it is now.</summary>
public sealed class GuestConfig
{
    private const string Pending = "PENDING";
    private readonly string[] _lines;
    private readonly int _end;

    private GuestConfig(string[] lines)
    {
        _lines = lines;
        var section = Array.FindIndex(lines, IsHead);
        _end = section < 0 ? lines.Length : section;
    }

    /// <summary>Key and value of each line, in order. Comments and lines that are neither are left out.</summary>
    public IEnumerable<KeyValuePair<string, string>> Entries => EntriesOf(0, _end);

    /// <summary>Its free text, as a person wrote it; empty when there is none. In the file, each line is a comment.</summary>
    public string Description => string.Join('\n', _lines.Take(_end).Where(line => line.StartsWith('#')).Select(line => EscapedText.Unescape(line[1..].TrimEnd('\r'))));

    /// <summary>Snapshots by name, with what the guest was then; also what will be after its next start (<c>[PENDING]</c>) and other special parts.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<KeyValuePair<string, string>> Entries)> Sections
    {
        get
        {
            var heads = Enumerable.Range(_end, _lines.Length - _end).Where(index => IsHead(_lines[index])).Append(_lines.Length).ToList();
            return [.. heads.Zip(heads.Skip(1), (head, next) => (NameOf(_lines[head]), (IReadOnlyList<KeyValuePair<string, string>>)[.. EntriesOf(head + 1, next)]))];
        }
    }

    /// <summary>Names of its snapshots, in the file's order.</summary>
    public IEnumerable<string> Snapshots => Sections.Select(section => section.Name).Where(name => !name.Equals(Pending, StringComparison.OrdinalIgnoreCase) && !name.StartsWith("special:", StringComparison.Ordinal));

    /// <summary>Changes that will hold after the next start.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> PendingEntries => Sections.FirstOrDefault(section => section.Name.Equals(Pending, StringComparison.OrdinalIgnoreCase)).Entries ?? [];

    public static GuestConfig Parse(string text) => new(text.Split('\n'));

    /// <summary>The value of a key; the last one counts, as for Proxmox VE.</summary>
    public string? Value(string key) => Entries.Where(entry => entry.Key == key).Select(entry => entry.Value).LastOrDefault();

    /// <summary>The same with another value of the guest as it is now; null takes its line away. Every other byte stays.</summary>
    /// <exception cref="ProblemException">The value would not read back.</exception>
    public GuestConfig With(string key, string? value)
    {
        var old = Enumerable.Range(0, _end).Where(index => Split(_lines[index])?.Key == key).ToList();
        // A new line stands behind the last one of this part, before the blank line that parts it from the next.
        var last = _lines.Take(_end).ToList().FindLastIndex(line => line.Trim().Length > 0) + 1;
        return new([.. EditedLines.Replace(_lines, old, value is null ? [] : [$"{key}: {ConfigEntry.Writable(key, value)}"], last)]);
    }

    /// <summary>The whole file; as it was read when nothing was changed.</summary>
    public override string ToString() => string.Join('\n', _lines);

    /// <summary>The whole file with this lock, everything else as it was.</summary>
    public string WithLock(string reason)
    {
        var lines = _lines.Where((line, index) => index >= _end || Split(line)?.Key is not "lock").ToArray();
        // Behind the description, whose comment lines lead the file.
        var at = Array.FindIndex(lines, line => !line.StartsWith('#'));
        return string.Join('\n', lines.Take(at < 0 ? lines.Length : at).Append($"lock: {reason}").Concat(at < 0 ? [""] : lines.Skip(at)));
    }

    /// <summary>What goes into an archive: the guest as it is now, without snapshots, pending changes, unused volumes, locks and old maps.</summary>
    public string ForArchive()
    {
        var text = new StringBuilder();
        foreach (var line in _lines.Take(_end))
        {
            var key = Split(line)?.Key;
            var dropped = line.StartsWith("#vzdump#", StringComparison.Ordinal) || line.StartsWith("#qmdump#", StringComparison.Ordinal)
                || key is "lock" or "parent" || IsUnused(key) || line.Trim().Length == 0;
            if (!dropped)
            {
                text.Append(line.TrimEnd('\r')).Append('\n');
            }
        }

        return text.ToString();
    }

    private static bool IsUnused(string? key) => key is not null && key.StartsWith("unused", StringComparison.Ordinal) && key.AsSpan("unused".Length).IndexOfAnyExceptInRange('0', '9') < 0;

    // e.g. [before-upgrade]
    private static bool IsHead(string line) => line.StartsWith('[');

    private static string NameOf(string head) => head.TrimEnd().TrimStart('[') is var rest && rest.IndexOf(']') is >= 0 and var end ? rest[..end] : rest;

    private IEnumerable<KeyValuePair<string, string>> EntriesOf(int from, int to) => _lines.Take(to).Skip(from).Select(Split).OfType<KeyValuePair<string, string>>();

    // e.g. scsi0: local:100/vm-100-disk-0.raw,size=64M     or, for raw LXC keys,  lxc.idmap: u 0 100000 65536  with = for the colon
    private static KeyValuePair<string, string>? Split(string line)
    {
        if (line.StartsWith('#'))
        {
            return null;
        }

        var at = line.AsSpan().IndexOfAny(':', '=');
        return at > 0 ? new(line[..at].Trim(), line[(at + 1)..].Trim()) : null;
    }
}
