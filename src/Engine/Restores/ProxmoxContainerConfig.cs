using System.Globalization;
using System.Text;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Restores;

/// <summary>The configuration of a Proxmox VE container that an archive becomes.</summary>
internal static class ProxmoxContainerConfig
{
    /// <param name="volumes">New volume of each key that is restored.</param>
    public static (string Config, IReadOnlyList<string> Warnings) Make(
        string archived, string? replaced, IReadOnlyDictionary<string, NewVolume> volumes, RestoreRequest request, bool unprivileged)
    {
        var trusted = (replaced ?? "").Split('\n').ToHashSet(StringComparer.Ordinal);
        var text = new StringBuilder();
        var warnings = new List<string>();
        foreach (var line in archived.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('['))
            {
                break; // a section: snapshots are no part of an archive
            }

            var at = line.AsSpan().IndexOfAny(':', '=');
            if (line.StartsWith('#') || at <= 0)
            {
                Write(line.StartsWith("#vzdump#", StringComparison.Ordinal) || line.StartsWith("#qmdump#", StringComparison.Ordinal) ? null : line);
                continue;
            }

            var (key, value) = (line[..at].Trim(), line[(at + 1)..].Trim());
            Write(key switch
            {
                "lock" or "parent" or "unprivileged" or "hostname" => null,
                "memory" when request.Memory is not null => null,
                "cores" when request.Cores is not null => null,
                _ when key.StartsWith("unused", StringComparison.Ordinal) => null,
                _ when volumes.TryGetValue(key, out var volume) => $"{key}: {WithVolume(value, volume)}",
                _ when IsMountPoint(key) && value.StartsWith('/') && trusted.Contains(line) => line, // a folder of the host that the replaced container has too
                _ when IsMountPoint(key) => LeaveOut(line, $"The mount point {key} ({value}) is not in the archive and is left out"),
                _ when key.StartsWith("net", StringComparison.Ordinal) && request.Unique => $"{key}: {WithNewMac(value)}",
                _ when !trusted.Contains(line) && ReachesOut(key, value) => LeaveOut(line, $"The archive's line '{line}' reaches outside the container and is left out"),
                _ => line,
            });
        }

        Write($"hostname: {request.Name ?? GuestConfig.Parse(archived).Value("hostname") ?? $"CT{request.Target}"}");
        Write(request.Memory is { } memory ? $"memory: {memory}" : null);
        Write(request.Cores is { } cores ? $"cores: {cores}" : null);
        Write(unprivileged ? "unprivileged: 1" : null);
        return (text.ToString(), warnings);

        void Write(string? written)
        {
            if (written is not null)
            {
                text.Append(written).Append('\n');
            }
        }

        string LeaveOut(string left, string why)
        {
            warnings.Add($"{why}; it stands as a comment in the configuration.");
            return $"# left out by the restore: {left}";
        }
    }

    public static bool IsMountPoint(string key) => key.StartsWith("mp", StringComparison.Ordinal) && key.Length > 2 && key.AsSpan(2).IndexOfAnyExceptInRange('0', '9') < 0;

    // The volume changes, its options stay, e.g. local:101/subvol-101-disk-0.subvol,size=8G,mp=/data
    private static string WithVolume(string value, NewVolume volume)
    {
        var options = PropertyString.Parse(value, "volume").Options.Where(option => option.Key != "size").Select(option => $"{option.Key}={option.Value}");
        var size = volume.SizeBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $"size={volume.SizeBytes >> 20}M") : "size=0T";
        return string.Join(',', options.Prepend(volume.Id).Append(size));
    }

    private static string WithNewMac(string value) =>
        string.Join(',', value.Split(',').Select(part => part.StartsWith("hwaddr=", StringComparison.Ordinal) ? $"hwaddr={LxcLines.NewMacAddress()}" : part));

    private static bool ReachesOut(string key, string value) =>
        key is "hookscript" || key.StartsWith("dev", StringComparison.Ordinal) || (key.StartsWith("lxc.", StringComparison.Ordinal) && !LxcLines.IsHarmless(key, value));
}
