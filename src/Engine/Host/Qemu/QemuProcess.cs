using System.Globalization;

namespace VzDump.Engine.Host.Qemu;

/// <summary>Finds the process of a virtual machine.</summary>
internal static class QemuProcess
{
    /// <summary>Null when the pid file is missing or stale: it names a process that is gone, or one that is no QEMU.</summary>
    public static int? Find(string pidFile)
    {
        try
        {
            return int.TryParse(File.ReadAllText(pidFile).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && IsQemu(pid) ? pid : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // e.g. /usr/bin/qemu-system-x86_64 -name …   or, on Proxmox VE,  /usr/bin/kvm -id 100 …
    private static bool IsQemu(int pid) => ProcessTable.StartTime(pid) is not null && ProcessTable.Arguments(pid) is [var program, ..]
        && (Path.GetFileName(program).StartsWith("qemu", StringComparison.Ordinal) || Path.GetFileName(program) is "kvm");
}
