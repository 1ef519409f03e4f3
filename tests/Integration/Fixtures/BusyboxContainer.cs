using System.Diagnostics;
using System.Globalization;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A real LXC container made of busybox. Its init counts in two files without pause and ends on SIGPWR.</summary>
public sealed class BusyboxContainer : IAsyncDisposable
{
    private const string Init = """
        #!/bin/busybox sh
        trap 'echo stopped > /var/stopped; exit 0' PWR
        n=0
        while true; do
          n=$((n + 1)); echo $n > /var/first.new; mv /var/first.new /var/first; echo $n > /var/second.new; mv /var/second.new /var/second
          [ $((n % 50)) = 0 ] && sleep 0.05
        done
        """;

    private BusyboxContainer(string folder, string name)
    {
        Folder = folder;
        Name = name;
    }

    public string Folder { get; }

    public string Name { get; }

    public string Root => Path.Combine(Folder, Name, "rootfs");

    /// <param name="fillMiB">Size of a file that makes the archive last.</param>
    /// <param name="init">Another init script.</param>
    /// <param name="name">One that is unique on this host; made up when it is null.</param>
    public static async Task<BusyboxContainer> MakeAsync(string folder, int fillMiB = 0, string? init = null, string moreConfig = "", string? name = null)
    {
        var container = new BusyboxContainer(folder, name ?? $"vzt{Guid.NewGuid():N}"[..12]);
        foreach (var part in (string[])["bin", "sbin", "dev", "proc", "sys", "var", "tmp", "etc"])
        {
            Directory.CreateDirectory(Path.Combine(container.Root, part));
        }

        File.Copy("/bin/busybox", Path.Combine(container.Root, "bin/busybox"));
        foreach (var applet in (string[])["sh", "sleep", "mv", "cat", "echo"])
        {
            File.CreateSymbolicLink(Path.Combine(container.Root, "bin", applet), "busybox");
        }

        var initPath = Path.Combine(container.Root, "sbin/init");
        await File.WriteAllTextAsync(initPath, init ?? Init);
        File.SetUnixFileMode(initPath, (UnixFileMode)0b111_101_101);
        if (fillMiB > 0)
        {
            var noise = new byte[1024 * 1024];
            await using var fill = File.Create(Path.Combine(container.Root, "var/fill"));
            for (var done = 0; done < fillMiB; done++)
            {
                Random.Shared.NextBytes(noise);
                await fill.WriteAsync(noise);
            }
        }

        await File.WriteAllTextAsync(Path.Combine(folder, container.Name, "config"), $"""
            lxc.uts.name = {container.Name}
            lxc.rootfs.path = dir:{container.Root}
            lxc.net.0.type = empty
            lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed
            lxc.signal.halt = SIGPWR
            {moreConfig}
            """);
        return container;
    }

    /// <summary>One that somebody else made in the folder.</summary>
    public static BusyboxContainer Of(string folder, string name) => new(folder, name);

    public Task StopAsync() => Shell.RunAsync("lxc-stop", "-n", Name, "-P", Folder);

    public async Task StartAsync()
    {
        await Shell.RunAsync("lxc-start", "-n", Name, "-P", Folder);
        await Until.TrueAsync(() => File.Exists(Path.Combine(Root, "var/second")) || File.Exists(Path.Combine(Root, "var/started")), "the container's init has begun");
    }

    public async Task<bool> IsRunningAsync() => (await Shell.RunAsync("lxc-info", "-n", Name, "-P", Folder, "-s", "-H")).Trim() == "RUNNING";

    public async Task<int> InitPidAsync() => int.Parse((await Shell.RunAsync("lxc-info", "-n", Name, "-P", Folder, "-p", "-H")).Trim(), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        using var kill = Process.Start(new ProcessStartInfo("lxc-stop", ["-k", "-n", Name, "-P", Folder]) { RedirectStandardError = true, UseShellExecute = false })!;
        await kill.WaitForExitAsync();
        await Until.TrueAsync(() => !File.ReadAllText("/proc/net/unix").Contains($"{Folder}/{Name}/command", StringComparison.Ordinal), "the monitor is gone");
    }
}
