using System.Globalization;
using System.Text;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;

namespace VzDump.Engine.Restores;

/// <summary>The configuration of the machine that an archive becomes.</summary>
/// <param name="volumes">New volume of each drive that is in the archive.</param>
/// <param name="replaced">Lines of the machine that is replaced, which are trusted; empty for a new one.</param>
/// <param name="kept">Volumes of the replaced machine that stay.</param>
internal sealed class MachineConfig(RestoreRequest request, IReadOnlyDictionary<string, NewVolume> volumes, string replaced, IReadOnlyList<string> kept, MachineDisc discs)
{
    private readonly HashSet<(string, string)> _trusted = [.. GuestConfig.Parse(replaced).Entries.Select(entry => (entry.Key, entry.Value))];
    private readonly StringBuilder _text = new();
    private readonly List<string> _warnings = [];

    /// <returns>The configuration, and sentences about what is not as it was.</returns>
    public (string Config, IReadOnlyList<string> Warnings) Make(string archived)
    {
        var lines = archived.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .TakeWhile(line => !line.StartsWith('[')) // snapshots are no part of an archive
            .Select(line => string.Concat(line.Select(letter => char.IsControl(letter) && letter != '\t' ? '?' : letter))).ToList();
        var last = lines.Select((line, index) => (Split(line)?.Key, Index: index)).Where(entry => entry.Key is not null).GroupBy(entry => entry.Key!, StringComparer.Ordinal)
            .ToDictionary(entries => entries.Key, entries => entries.Last().Index, StringComparer.Ordinal);
        if (volumes.Keys.FirstOrDefault(key => !last.ContainsKey(key)) is { } missing)
        {
            throw new ProblemException($"The archive holds a disk for {missing}, and its configuration has no such drive. It cannot be restored.");
        }

        for (var index = 0; index < lines.Count; index++)
        {
            if (Split(lines[index]) is not { } entry)
            {
                AddComment(lines[index]);
            }
            else if (last[entry.Key] == index) // of two lines with one key the last counts
            {
                Add(entry.Key, entry.Value);
            }
        }

        AddOverrides();
        AddKept();
        return (_text.ToString(), _warnings);
    }

    // e.g. scsi0: local:100/vm-100-disk-0.raw,size=64M
    private static (string Key, string Value)? Split(string line)
    {
        var at = line.AsSpan().IndexOfAny(':', '=');
        return at > 0 && !line.StartsWith('#') ? (line[..at].Trim(), line[(at + 1)..].Trim()) : null;
    }

    private void AddComment(string line)
    {
        // The mark of a guest made for trying out would have its disks removed with the samples.
        var dropped = line.StartsWith("#vzdump#", StringComparison.Ordinal) || line.StartsWith("#qmdump#", StringComparison.Ordinal)
            || (line.StartsWith(GuestFiles.SampleMark, StringComparison.Ordinal) && !replaced.StartsWith(GuestFiles.SampleMark, StringComparison.Ordinal));
        if (!dropped)
        {
            _text.Append(line.StartsWith('#') ? line : $"# {line}").Append('\n');
        }
    }

    private void Add(string key, string value)
    {
        switch (key)
        {
            case "lock" or "parent" or "snapstate" or "snaptime":
            case "memory" or "balloon" when request.Memory is not null:
            case "cores" or "vcpus" when request.Cores is not null:
            case "name" when request.Name is not null:
            case not null when key.StartsWith("unused", StringComparison.Ordinal) && key.AsSpan("unused".Length).IndexOfAnyExceptInRange('0', '9') < 0:
                return;
            case not null when volumes.TryGetValue(key, out var volume):
                AddLine(key, WithVolume(key, value, volume));
                return;
            case not null when _trusted.Contains((key, value)) && !IsLeftOut(key, value):
                AddLine(key, value);
                return;
            case not null when key == "cdrom" || QemuDrive.IsDrive(key):
                AddOtherDrive(key, value);
                return;
            case "vmgenid":
                AddLine(key, value == "0" ? value : $"{Guid.NewGuid()}");
                return;
            case "smbios1" when request.Unique:
                AddLine(key, MachineLines.WithNewUuid(value));
                return;
            case not null when request.Unique && QemuDrive.Number(key, "net") is not null:
                AddLine(key, MachineLines.WithNewMac(value));
                return;
            case not null when MachineLines.IsHarmless(key, value):
                AddLine(key, value);
                return;
            default:
                LeaveOut(key!, value, $"The archive's line '{key}: {value}' reaches outside the machine or is not known, and is left out");
                return;
        }
    }

    // Known to be the very same line as before, and yet not taken over as it is: identities change, and what was not backed up is not there.
    private bool IsLeftOut(string key, string value) =>
        key is "vmgenid" || (request.Unique && (key is "smbios1" || QemuDrive.Number(key, "net") is not null)) || (QemuDrive.IsDrive(key) && HasNoBackup(value));

    private static bool HasNoBackup(string value) => PropertyString.Parse(value, "file")["backup"] is "0" or "no" or "off" or "false";

    private void AddOtherDrive(string key, string value)
    {
        if (MachineDisc.IsDisc(key, value))
        {
            AddLine(key, discs.Keep(key, value, out var warning));
            if (warning is not null)
            {
                _warnings.Add(warning);
            }
        }
        else
        {
            LeaveOut(key, value, HasNoBackup(value) ? $"The drive {key} was left out of the backup (backup=0)" : $"The drive {key} ({value}) is not in the archive");
        }
    }

    // The volume changes, its options stay, e.g. local:101/vm-101-disk-0.raw,discard=on,size=8G
    private string WithVolume(string key, string value, NewVolume volume)
    {
        var options = PropertyString.Parse(value, "file").Options.Where(option => option.Key is not ("size" or "format")).ToList();
        foreach (var unknown in options.Where(option => !MachineLines.IsDriveOption(option.Key)))
        {
            _warnings.Add($"The option '{unknown.Key}' of {key} is not known and is left out.");
        }

        return string.Join(',', options.Where(option => MachineLines.IsDriveOption(option.Key)).Select(option => $"{option.Key}={option.Value}")
            .Prepend(volume.Id).Append($"size={VolumeSize.Write(volume.SizeBytes)}"));
    }

    private void LeaveOut(string key, string value, string why)
    {
        _warnings.Add($"{why}; it stands as a comment in the configuration.");
        _text.Append(CultureInfo.InvariantCulture, $"#{key}: {value}\n");
    }

    private void AddOverrides()
    {
        AddLine("name", request.Name);
        AddLine("memory", request.Memory?.ToString(CultureInfo.InvariantCulture));
        AddLine("cores", request.Cores?.ToString(CultureInfo.InvariantCulture));
    }

    private void AddKept()
    {
        var made = GuestConfig.Parse(_text.ToString()).Entries.Select(entry => PropertyString.Parse(entry.Value, "file").Volume).ToHashSet(StringComparer.Ordinal);
        foreach (var (number, volume) in kept.Where(volume => !made.Contains(volume)).Index())
        {
            _warnings.Add($"The volume '{volume}' of the replaced machine is not in the archive; it is kept as unused{number}.");
            AddLine($"unused{number}", volume);
        }
    }

    private void AddLine(string? key, string? value)
    {
        if (value is not null)
        {
            _text.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
        }
    }
}
