using System.Diagnostics;
using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>
/// A real container, known to LXC alone or with a configuration of Proxmox VE, that writes numbered records to three files of two volumes, one
/// after the other, without pause. Killed in the midst of a record, it ends that one in its next life. What is of one moment can be told by the
/// numbers, and a pause by the clock that each record carries.
/// </summary>
public sealed class RecordingContainer : IAsyncDisposable
{
    private const string Init = """
        #!/bin/busybox sh
        trap 'stop=1' PWR
        n=0
        if [ -f /data/first ]; then
          n=$(wc -l < /data/first)
          for f in /srv/data/second /data/third; do
            touch $f
            [ $(wc -l < $f) -lt $n ] && echo $n >> $f
          done
        fi
        while [ -z "$stop" ]; do
          n=$((n + 1)); read t rest < /proc/uptime
          echo "$n $t" >> /data/first; echo $n >> /srv/data/second; echo $n >> /data/third
          [ $((n % 20)) = 0 ] && sleep 0.005
        done
        """;

    private const string Pct = "[ \"$1 $3 $4\" = 'start --skiplock 1' ] && exec lxc-start -n \"$2\"; exit 9";

    private readonly List<LoopDisk> _disks = [];
    private readonly string _lxcPath;

    private RecordingContainer(EngineHarness harness, string lxcPath, string name)
    {
        Harness = harness;
        _lxcPath = lxcPath;
        Name = name;
    }

    public EngineHarness Harness { get; }

    public string Name { get; }

    /// <summary>Where its volumes lie.</summary>
    public string Volumes { get; private set; } = "";

    /// <param name="host"><c>native</c> or <c>proxmox</c>.</param>
    /// <param name="storage"><c>dir</c>, <c>btrfs</c> or <c>image</c> (raw images on XFS).</param>
    /// <param name="owner">Host's id of the container's root, for an unprivileged one.</param>
    /// <param name="programs">Shell scripts that stand in front of the host's programs of the same name.</param>
    public static async Task<RecordingContainer> StartAsync(string host, string storage, int fillMiB = 0, string moreConfig = "", string? owner = null, params (string Name, string Script)[] programs)
    {
        var isProxmox = host == "proxmox";
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        var proxmoxFolder = Path.Combine(folder, "pve");
        var name = isProxmox ? $"{Random.Shared.Next(500_000_000, 900_000_000)}" : $"vzt{Guid.NewGuid():N}"[..12];
        if (isProxmox)
        {
            Directory.CreateDirectory(Path.Combine(proxmoxFolder, "lxc"));
        }

        var harness = new EngineHarness(folder, Path.Combine(folder, "lxc-native"), proxmoxFolder: isProxmox ? proxmoxFolder : null, programs: await StandIns.MakeAsync(folder, isProxmox ? [("pct", Pct), .. programs] : programs));
        var container = new RecordingContainer(harness, isProxmox ? "/var/lib/lxc" : harness.LxcFolder, name);
        Directory.CreateDirectory(harness.Dump);
        await Shell.ShAsync($"chmod o+x '{folder}'");
        await container.MakeAsync(isProxmox, storage, fillMiB, moreConfig, owner);
        await container.StartAsync();
        return container;
    }

    /// <summary>LXC's folder of containers that has this one.</summary>
    public string LxcPath => _lxcPath;

    public async Task StartAsync()
    {
        await Shell.RunAsync("lxc-start", "-n", Name, "-P", _lxcPath);
        await GoesOnAsync();
    }

    public async Task<GuestState> StateAsync() => Assert.Single(
        (await Harness.Get<GuestInventory>().ListAsync(TestContext.Current.CancellationToken)).Guests,
        state => state.Guest.Name == Name || state.Guest.Id.ToString() == Name);

    public async Task<Guest> GuestAsync() => (await StateAsync()).Guest;

    public async Task<int> InitPidAsync() => int.Parse((await Shell.RunAsync("lxc-info", "-n", Name, "-P", _lxcPath, "-p", "-H")).Trim(), CultureInfo.InvariantCulture);

    public async Task<int> MonitorPidAsync() => int.Parse((await Shell.ShAsync($"awk '/^PPid:/{{print $2}}' /proc/{await InitPidAsync()}/status")).Trim(), CultureInfo.InvariantCulture);

    /// <summary>Its processes run: the records grow.</summary>
    public async Task GoesOnAsync()
    {
        await Until.TrueAsync(async () => (await StatusAsync()) == "RUNNING", "the container runs");
        await Until.TrueAsync(async () => await LastAsync() > 0, "the container records");
        var before = await LastAsync();
        await Until.TrueAsync(async () => await LastAsync() > before, "the container records on");
    }

    public async Task<string> StatusAsync() => (await Shell.RunAsync("lxc-info", "-n", Name, "-P", _lxcPath, "-s", "-H")).Trim();

    /// <summary>One of its files, as the running container has it.</summary>
    public async Task<string> ReadAsync(string path) => await Shell.ShAsync($"cat '/proc/{await InitPidAsync()}/root{path}'");

    /// <summary>The record has no gap and the archive holds it as it was at one moment.</summary>
    public async Task<int> AssertConsistentAsync(string archive)
    {
        Assert.Equal("./etc/vzdump/pct.conf", (await Shell.ShAsync($"tar tf '{archive}' > '{Harness.Folder}/list'; head -1 '{Harness.Folder}/list'")).Trim());
        var first = Numbers(await Shell.RunAsync("tar", "xOf", archive, "./data/first"));
        var second = Numbers(await Shell.RunAsync("tar", "xOf", archive, "./srv/data/second"));
        var third = Numbers(await Shell.RunAsync("tar", "xOf", archive, "./data/third"));
        Assert.InRange(first - second, 0, 1);
        Assert.InRange(second - third, 0, 1);
        Assert.InRange(first - third, 0, 1);
        return third;
    }

    /// <summary>No write of the container was lost; the longest time in which it wrote nothing.</summary>
    public async Task<TimeSpan> LongestPauseAsync()
    {
        var lines = (await ReadAsync("/data/first")).Split('\n', StringSplitOptions.RemoveEmptyEntries).SkipLast(1).Select(line => line.Split(' ')).ToList();
        var count = Numbers(string.Join('\n', lines.Select(line => line[0])));
        Assert.True(Numbers(await ReadAsync("/srv/data/second")) >= count && Numbers(await ReadAsync("/data/third")) >= count, "a file has lost records");
        var times = lines.Select(line => double.Parse(line[1], CultureInfo.InvariantCulture)).ToList();
        return TimeSpan.FromSeconds(times.Zip(times.Skip(1), (one, next) => next - one).Max());
    }

    /// <summary>Nothing of a backup is left on the host.</summary>
    public async Task AssertCleanAsync()
    {
        Assert.Empty(Harness.Leftovers());
        Assert.Null((await StateAsync()).Lock);
        Assert.DoesNotContain("@vzdump", await Shell.RunAsync("find", Volumes, "-maxdepth", "4"), StringComparison.Ordinal);
        // A loop device is let go of in its own time.
        await Until.TrueAsync(async () => !(await Shell.ShAsync("losetup -l --noheadings -O BACK-FILE")).Contains("@vzdump", StringComparison.Ordinal), "no loop device is left");
        Assert.DoesNotContain("/run/vzdump-web", await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start(new ProcessStartInfo("lxc-stop", ["-k", "-n", Name, "-P", _lxcPath]) { RedirectStandardError = true, UseShellExecute = false })!)
        {
            await kill.WaitForExitAsync();
        }

        await Until.TrueAsync(() => !File.ReadAllText("/proc/net/unix").Contains($"{_lxcPath}/{Name}/command", StringComparison.Ordinal), "the monitor is gone");
        if (_lxcPath == "/var/lib/lxc")
        {
            Directory.Delete(Path.Combine(_lxcPath, Name), recursive: true);
        }

        foreach (var disk in _disks)
        {
            await disk.DisposeAsync();
        }

        await Harness.DisposeAsync();
    }

    private static int Numbers(string text)
    {
        var numbers = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
        return numbers.Count;
    }

    private async Task<int> LastAsync()
    {
        var pid = await Shell.ShAsync($"lxc-info -n '{Name}' -P '{_lxcPath}' -p -H || true");
        var root = $"/proc/{pid.Trim()}/root";
        return int.TryParse(pid.Trim(), out _) ? int.Parse((await Shell.ShAsync($"cat {root}/data/third 2>/dev/null | wc -l || true")).Trim(), CultureInfo.InvariantCulture) : 0;
    }

    private async Task MakeAsync(bool isProxmox, string storage, int fillMiB, string moreConfig, string? owner)
    {
        Volumes = Path.Combine(Harness.Folder, "volumes");
        Directory.CreateDirectory(Volumes);
        if (storage is "btrfs" or "image")
        {
            _disks.Add(await LoopDisk.MountAsync(Volumes, storage == "btrfs" ? "btrfs" : "xfs", 400 + (2 * fillMiB)));
        }

        // Two volumes where the host knows volumes: the second in /srv/data.
        var images = Path.Combine(Volumes, "images", isProxmox ? Name : "native");
        await Shell.ShAsync($"mkdir -p '{images}'; chmod o+x '{Volumes}' '{Volumes}/images' '{images}'");
        var (root, data) = (Path.Combine(images, storage == "image" ? "root.raw" : "root.subvol"), Path.Combine(images, storage == "image" ? "data.raw" : "data.subvol"));
        var tree = Path.Combine(Harness.Folder, "tree");
        await MakeTreeAsync(tree, fillMiB, owner);
        await Shell.ShAsync(storage switch
        {
            "image" => $"truncate -s {200 + fillMiB}M '{root}'; mkfs.ext4 -q -F -E root_owner={owner ?? "0"}:{owner ?? "0"} -d '{tree}' '{root}'; truncate -s 60M '{data}'; mkfs.ext4 -q -F '{data}'",
            "btrfs" => $"btrfs -q subvolume create '{root}'; cp -a '{tree}/.' '{root}/'; btrfs -q subvolume create '{data}'",
            // Some files above, some below.
            "overlay" => $"cp -a '{tree}' '{root}'; mkdir -p '{data}'/sbin; mv '{root}/sbin/init' '{data}/sbin/'; touch '{root}/etc/gone'",
            _ => $"cp -a '{tree}' '{root}'; mkdir '{data}'",
        });
        if (owner is not null && storage != "image")
        {
            await Shell.RunAsync("chown", $"{owner}:{owner}", root, data);
        }

        var home = Path.Combine(_lxcPath, Name);
        Directory.CreateDirectory(home);
        await Shell.ShAsync($"chmod o+x '{_lxcPath}' '{home}'");
        var second = storage == "image" && isProxmox
            ? $"lxc.hook.mount = {home}/mount"
            : $"lxc.mount.entry = {data} srv/data none bind 0 0";
        await File.WriteAllTextAsync(Path.Combine(home, "mount"), $"#!/bin/sh\nexec mount -o loop '{data}' \"$LXC_ROOTFS_MOUNT/srv/data\"\n");
        File.SetUnixFileMode(Path.Combine(home, "mount"), (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(Path.Combine(home, "config"), $"""
            lxc.uts.name = {Name}
            lxc.rootfs.path = {(storage switch { "image" => "loop", "btrfs" => "btrfs", "overlay" => "overlay", _ => "dir" })}:{root}{(storage == "overlay" ? ":" + data : "")}
            lxc.net.0.type = empty
            lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed
            lxc.signal.halt = SIGPWR
            {(isProxmox ? second : "")}
            {moreConfig}
            """);
        if (isProxmox)
        {
            await File.WriteAllTextAsync(Path.Combine(Harness.Folder, "pve", "storage.cfg"), $"dir: local\n\tpath {Path.Combine(Harness.Folder, "storage", "local")}\n\tcontent backup\n\ndir: volumes\n\tpath {Volumes}\n\tcontent rootdir\n");
            await File.WriteAllTextAsync(
                Path.Combine(Harness.Folder, "pve", "lxc", $"{Name}.conf"),
                $"arch: amd64\nhostname: recorder\nmp0: volumes:{Name}/{Path.GetFileName(data)},mp=/srv/data,backup=1,size=60M\nmp1: /srv,mp=/mnt/host\nmp2: volumes:{Name}/none.raw,mp=/scratch,size=1G\nostype: unmanaged\nrootfs: volumes:{Name}/{Path.GetFileName(root)},size=200M\n");
        }
        else
        {
            await Harness.MakeSamplesAsync();
        }
    }

    private static async Task MakeTreeAsync(string tree, int fillMiB, string? owner)
    {
        await Shell.ShAsync($"""
            mkdir -p '{tree}'/bin '{tree}'/sbin '{tree}'/dev '{tree}'/proc '{tree}'/sys '{tree}'/var '{tree}'/tmp '{tree}'/etc '{tree}'/data '{tree}'/srv/data '{tree}'/mnt/host
            cp /bin/busybox '{tree}/bin/'
            for applet in sh sleep mv cat echo wc touch; do ln -s busybox '{tree}/bin/'$applet; done
            """);
        var init = Path.Combine(tree, "sbin/init");
        await File.WriteAllTextAsync(init, Init);
        File.SetUnixFileMode(init, (UnixFileMode)0b111_101_101);
        if (fillMiB > 0)
        {
            await Shell.ShAsync($"mkdir '{tree}/fill'; head -c {fillMiB}M /dev/urandom | split -b 256K -a 4 - '{tree}/fill/'");
        }

        if (owner is not null)
        {
            await Shell.RunAsync("chown", "-R", $"{owner}:{owner}", tree);
        }
    }
}
