using System.Text;

namespace VzDump.Engine.Configuration;

/// <summary>A guest's configuration in Proxmox VE's format. Only the part before the first <c>[section]</c> is the guest as it is now.</summary>
public sealed class GuestConfig
{
    private readonly string[] _lines;
    private readonly int _end;

    private GuestConfig(string[] lines)
    {
        _lines = lines;
        var section = Array.FindIndex(lines, line => line.StartsWith('['));
        _end = section < 0 ? lines.Length : section;
    }

    /// <summary>Key and value of each line, in order. Comments and lines that are neither are left out.</summary>
    public IEnumerable<KeyValuePair<string, string>> Entries => _lines.Take(_end).Select(Split).OfType<KeyValuePair<string, string>>();

    public static GuestConfig Parse(string text) => new(text.Split('\n'));

    /// <summary>The value of a key; the last one counts, as for Proxmox VE.</summary>
    public string? Value(string key) => Entries.Where(entry => entry.Key == key).Select(entry => entry.Value).LastOrDefault();

    /// <summary>The whole file with this lock, everything else as it was.</summary>
    public string WithLock(string reason)
    {
        var lines = WithoutLockLines();
        // Behind the description, whose comment lines lead the file.
        var at = Array.FindIndex(lines, line => !line.StartsWith('#'));
        return string.Join('\n', lines.Take(at < 0 ? lines.Length : at).Append($"lock: {reason}").Concat(at < 0 ? [""] : lines.Skip(at)));
    }

    /// <summary>The whole file without its lock, everything else as it was.</summary>
    public string WithoutLock() => string.Join('\n', WithoutLockLines());

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

    private string[] WithoutLockLines() => [.. _lines.Where((line, index) => index >= _end || Split(line)?.Key is not "lock")];
}
