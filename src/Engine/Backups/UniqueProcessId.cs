using System.Globalization;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>A process for good, in Proxmox VE's words: the pid alone may be given to another process.</summary>
/// <param name="StartTime">In clock ticks since boot.</param>
internal sealed record UniqueProcessId(int Pid, long StartTime)
{
    /// <summary>e.g. UPID:pve1:0000ABCD:00F4E2A1:6741B3C0:vzdump::root@pam: (pid, its start in ticks, time; hexadecimal)</summary>
    public static string Of(int pid, TimeProvider time) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPID:{Environment.MachineName}:{pid:X8}:{ProcessTable.StartTime(pid) ?? 0:X8}:{time.GetUtcNow().ToUnixTimeSeconds():X8}:vzdump::root@pam:");

    /// <summary>Null when the text is none.</summary>
    public static UniqueProcessId? TryParse(string text) =>
        text.Split(':') is ["UPID", _, var pid, var start, _, ..]
        && int.TryParse(pid, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number > 1
        && long.TryParse(start, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ticks)
            ? new UniqueProcessId(number, ticks)
            : null;
}
