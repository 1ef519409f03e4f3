using System.Text;
using System.Text.RegularExpressions;

[assembly: AssemblyFixture(typeof(VzDump.Tests.Integration.Fixtures.GuestKernel))]

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>What a test's virtual machine boots: Debian's kernel, and a system of busybox and a script that writes counters. Made once, when first asked for.</summary>
public sealed class GuestKernel : IAsyncDisposable
{
    // What they need comes before them: virtio's bus, disks on it and on SCSI, the agent's channel, the power button.
    private static readonly string[] Modules = ["virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "virtio_console", "button", "evdev"];

    // i goes to A, then to B. A file that the shell closes is on its disk then: the kernel writes a block device back at its last close.
    // Every 40 numbers all of C is written over, so that an unguarded copy mixes two moments.
    private const string Init = """
        #!/bin/busybox sh
        /bin/busybox mkdir -p /proc /sys /dev /etc/acpi/PWRF /tmp /run
        /bin/busybox mount -t proc proc /proc
        /bin/busybox mount -t sysfs sys /sys
        /bin/busybox mount -t devtmpfs dev /dev
        /bin/busybox --install -s /bin
        export PATH=/bin
        while read m; do insmod /modules/$m || echo "insmod $m failed"; done < /modules.order
        A= B= C= DEAF= AGENT=
        for w in $(cat /proc/cmdline); do case $w in DEAF=*|AGENT=*) eval "$w";; esac; done
        # As much of a guest agent as says that it is there: e.g. {"execute":"guest-sync-delimited","arguments":{"id":4711}}
        [ -z "$AGENT" ] || (exec 4<>$(echo /dev/vport*); while :; do
          while read -r l <&4; do
            n=$(echo "$l" | sed -n 's/.*"id":\([0-9]*\).*/\1/p'); [ -z "$n" ] || printf '\377{"return": %s}\n' $n >&4
          done
          sleep 1
        done) &
        # The kernel numbers SCSI disks as they happen to answer: each is known by the label in its last sector.
        while [ -z "$A" ] || [ -z "$B" ] || [ -z "$C" ]; do
          for d in /dev/[sv]d?; do case $(tail -c 512 $d | head -c 6) in DISK-A) A=$d;; DISK-B) B=$d;; DISK-C) C=$d;; esac; done
        done
        printf '#!/bin/sh\necho POWER BUTTON > /dev/console; sync; poweroff -f\n' > /etc/acpi/PWRF/00000080
        chmod +x /etc/acpi/PWRF/00000080
        [ -n "$DEAF" ] || acpid -l /tmp/acpid.log
        sleep 1000000 &
        i=$(head -c 20 $A | tr -d '\0'); i=$((i+0))
        echo "GUEST UP $i A=$A B=$B C=$C"
        while :; do
          i=$((i+1))
          echo $i > $A || echo "WRITE ERROR A $i"
          echo $i > $B || echo "WRITE ERROR B $i"
          if [ $((i % 40)) = 0 ]; then
            if [ -n "$C" ]; then
              exec 3> $C; s=0
              while [ $s -lt 256 ]; do printf '%-4095s\n' $i >&3 || echo "WRITE ERROR C $i"; s=$((s+1)); done
              exec 3>&-
            fi
            echo "COUNT $i"
          fi
        done
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-kernel-").FullName;
    private readonly Lock _one = new();
    private Task<string>? _initrd;

    public string Kernel { get; } = Directory.Exists("/boot") ? Directory.EnumerateFiles("/boot", "vmlinuz-*").Order(StringComparer.Ordinal).LastOrDefault() ?? "" : "";

    public Task<string> InitrdAsync()
    {
        lock (_one)
        {
            return _initrd ??= MakeAsync();
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<string> MakeAsync()
    {
        Assert.True(Kernel.Length > 0, "These tests boot a virtual machine: apt-get install linux-image-amd64");
        var version = Path.GetFileName(Kernel)["vmlinuz-".Length..];
        var root = Path.Combine(_folder, "root");
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        Directory.CreateDirectory(Path.Combine(root, "modules"));
        File.Copy("/bin/busybox", Path.Combine(root, "bin/busybox"));
        var order = await ModulesAsync(version);
        foreach (var module in order)
        {
            var to = Path.Combine(root, "modules", Path.GetFileNameWithoutExtension(module).Split('.')[0] + ".ko");
            await Shell.ShAsync(module.EndsWith(".xz", StringComparison.Ordinal) ? $"xz -dc '{module}' > '{to}'" : $"cp '{module}' '{to}'");
        }

        await File.WriteAllLinesAsync(Path.Combine(root, "modules.order"), order.Select(module => Path.GetFileNameWithoutExtension(module).Split('.')[0] + ".ko"));
        var init = Path.Combine(root, "init");
        await File.WriteAllTextAsync(init, Init, new UTF8Encoding(false));
        File.SetUnixFileMode(init, (UnixFileMode)0b111_101_101);
        var initrd = Path.Combine(_folder, "initrd.gz");
        await Shell.ShAsync($"cd '{root}' && find . | cpio -o -H newc --quiet | gzip -1 > '{initrd}'");
        return initrd;
    }

    // Each module's own file names those it needs: …depends=virtio_ring,virtio…
    private static async Task<IReadOnlyList<string>> ModulesAsync(string version)
    {
        var files = Directory.EnumerateFiles($"/lib/modules/{version}/kernel", "*.ko*", SearchOption.AllDirectories)
            .GroupBy(path => Name(path)).ToDictionary(group => group.Key, group => group.First());
        var order = new List<string>();
        foreach (var module in Modules)
        {
            await AddAsync(module);
        }

        return order;

        async Task AddAsync(string module)
        {
            // Built into the kernel, or there already.
            if (!files.TryGetValue(module, out var path) || order.Contains(path))
            {
                return;
            }

            var content = path.EndsWith(".xz", StringComparison.Ordinal)
                ? await Shell.ShAsync($"xz -dc '{path}' | strings -n 8 | grep ^depends= || true")
                : Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path));
            foreach (var needed in Regex.Match(content, "depends=([\\w,-]*)").Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                await AddAsync(needed.Replace('-', '_'));
            }

            order.Add(path);
        }
    }

    private static string Name(string path) => Path.GetFileName(path).Split('.')[0].Replace('-', '_');
}
