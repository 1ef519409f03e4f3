using System.Globalization;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A real QEMU with no guest in it, for talks.</summary>
public sealed class IdleQemu : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-qemu-").FullName;

    private IdleQemu()
    {
    }

    public string Socket => Path.Combine(_folder, "qmp");

    public int Pid { get; private set; }

    public static async Task<IdleQemu> StartAsync()
    {
        var qemu = new IdleQemu();
        var pidFile = Path.Combine(qemu._folder, "pid");
        await Shell.RunAsync(
            "qemu-system-x86_64", "-machine", "none", "-accel", "tcg", "-nodefaults", "-display", "none", "-S", "-daemonize", "-pidfile", pidFile, "-qmp", $"unix:{qemu.Socket},server=on,wait=off");
        qemu.Pid = int.Parse((await File.ReadAllTextAsync(pidFile)).Trim(), CultureInfo.InvariantCulture);
        return qemu;
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.ShAsync($"kill -9 {Pid} || true");
        Directory.Delete(_folder, recursive: true);
    }
}
