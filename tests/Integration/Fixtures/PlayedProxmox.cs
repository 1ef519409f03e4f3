using VzDump.Engine.Configuration;
using VzDump.Engine.Guests.Qemu;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Proxmox VE's programs, played by scripts over a real QEMU.</summary>
public static class PlayedProxmox
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The programs of a host whose folder this is; what they do is said by <see cref="PlayAsync"/>.</summary>
    public static HostPrograms ProgramsOf(string folder) =>
        new([Directory.CreateDirectory(Path.Combine(folder, "proxmox-programs")).FullName, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);

    /// <summary>Makes them work for one machine, as far as a backup needs them.</summary>
    /// <param name="plays">False: they only write down how they were called.</param>
    public static async Task<HostPrograms> PlayAsync(EngineHarness harness, QemuGuest guest, bool plays = true)
    {
        var programs = ProgramsOf(harness.Folder);
        await WriteAsync("pvesm", "echo /dev/pve/${2#*:}");
        // As qm does: the power button, a wait, and no force; a start that the configuration may hold.
        await WriteAsync("qm", !plays ? "" : $$"""
            case $1 in
              start)
                hold=$(grep -q '^freeze: 1$' {{guest.ConfigPath}} && echo -S)
                echo "start $hold" >> {{harness.Folder}}/started
                exec {{await QemuLineAsync(harness, guest)}} $hold ;;
              shutdown)
                touch {{harness.Folder}}/power-button
                pid=$(cat {{harness.Folder}}/run/100.pid)
                while [ $# -gt 1 ]; do [ "$1" = --timeout ] && wait=$2; shift; done
                until=$(($(date +%s) + wait))
                while kill -0 $pid 2>/dev/null; do
                  [ $(date +%s) -lt $until ] || { echo "VM quit/powerdown failed - got timeout" >&2; exit 255; }
                  sleep 0.1
                done ;;
            esac
            """);
        _ = PressAsync();
        return programs;

        // The script's hand on the power button: a shell cannot talk QMP.
        async Task PressAsync()
        {
            var button = Path.Combine(harness.Folder, "power-button");
            while (Directory.Exists(harness.Folder))
            {
                if (File.Exists(button))
                {
                    File.Delete(button);
                    await using var client = await QmpClient.ConnectAsync(guest.Qmp, TimeSpan.FromMinutes(1), TimeProvider.System, Cancellation);
                    await client.ExecuteAsync("system_powerdown", null, TimeSpan.FromMinutes(1), Cancellation);
                }

                await Task.Delay(50, Cancellation);
            }
        }

        async Task WriteAsync(string program, string script)
        {
            var file = Path.Combine(harness.Folder, "proxmox-programs", program);
            await File.WriteAllTextAsync(file, $"#!/bin/bash\necho \"{program} $*\" >> {harness.Folder}/called\n{script}\n", Cancellation);
            File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }
    }

    // What plain QEMU is started with, quoted for the script. The memory of a TPM is another program's.
    private static async Task<string> QemuLineAsync(EngineHarness harness, QemuGuest guest)
    {
        var lines = (await File.ReadAllLinesAsync(guest.ConfigPath, Cancellation)).Where(line => !line.StartsWith("tpmstate", StringComparison.Ordinal));
        var config = GuestConfig.Parse(string.Join('\n', lines));
        var storages = await StorageConfig.ReadAsync(Path.Combine(harness.Folder, "storage.cfg"), Cancellation);
        var arguments = new MachineCommandLine(await guest.FindAsync(), config, harness.Get<MachineFiles>(), storages.VolumePath, withKvm: false).Build();
        return string.Join(' ', arguments.Prepend("qemu-system-x86_64").Select(word => $"'{word}'"));
    }
}
