using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Host;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Archives of real machines are restored beside them, started without network, watched and removed.</summary>
public sealed class MachineTrialTests(GuestKernel kernel)
{
    private const string Target = "900000";

    // mov al, 0xfe; out 0x64, al; hlt: the keyboard's controller resets the machine
    private static readonly byte[] Resets = [0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0xeb, 0xfd];

    // hlt; jmp back
    private static readonly byte[] Rests = [0xf4, 0xeb, 0xfd];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_machines_archive_is_proven_by_its_agent_and_the_machine_itself_never_notices()
    {
        await using var harness = await HarnessAsync("AGENT=1");
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, config: "net0: virtio=BC:24:11:00:00:01\nonboot: 1\nhookscript: local:snippets/x\n");
        await guest.StartAsync();
        // It says that it has an agent after its own start: so nobody asks this one.
        await File.AppendAllTextAsync(guest.ConfigPath, "agent: 1\n", Cancellation);
        var (backup, said) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Suspend, Compress = CompressionKind.Zstd }, 100);
        Assert.True(backup.Succeeded, said.Text);
        await File.WriteAllTextAsync(guest.ConfigPath, (await File.ReadAllTextAsync(guest.ConfigPath, Cancellation)).Replace("agent: 1\n", "", StringComparison.Ordinal), Cancellation);
        var watching = WatchAsync(harness);

        var (result, events) = await TryAsync(harness, Assert.IsType<TaskOutcome.Done>(Assert.Single(backup.Tasks).Outcome).ArchivePath, "100");

        Assert.True(result.Succeeded, events.Text);
        var evidence = Assert.Single(result.Tasks).Evidence!;
        Assert.Equal(TrialSign.AgentAnswers, evidence.Shown);
        Assert.True(evidence.BootTook > TimeSpan.Zero && evidence.RestoredBytes > 4 << 20, $"{evidence}");
        var config = await watching;
        Assert.All((string[])["net0", "onboot", "hookscript", "args", "local:100/"], word => Assert.DoesNotContain(word, config, StringComparison.Ordinal));
        Assert.Contains("name: restore-test-100\n", config, StringComparison.Ordinal);
        await AssertGoneAsync(harness, events.Text);
        await guest.AssertGoesOnAsync(events.Text);
    }

    [Fact]
    public async Task A_machine_without_an_agent_is_said_to_run_and_no_more()
    {
        await using var harness = await HarnessAsync(null);
        var archive = await ArchiveAsync(harness, Rests);

        var (result, events) = await TryAsync(harness, archive, "200");

        Assert.True(result.Succeeded, events.Text);
        var evidence = Assert.Single(result.Tasks).Evidence!;
        Assert.Equal(TrialSign.MachineRuns, evidence.Shown);
        Assert.Contains("is not known", evidence.Sentence, StringComparison.Ordinal);
        Assert.True(evidence.Watched >= TimeSpan.FromSeconds(4), $"{evidence}");
        await AssertGoneAsync(harness, events.Text);
    }

    [Fact]
    public async Task A_machine_that_begins_anew_again_and_again_fails_and_is_gone()
    {
        await using var harness = await HarnessAsync(null);
        var archive = await ArchiveAsync(harness, Resets);

        var (result, events) = await TryAsync(harness, archive, "200");

        Assert.Contains("again and again", result.Error, StringComparison.Ordinal);
        Assert.Equal(TrialSign.Restored, Assert.Single(result.Tasks).Evidence!.Shown);
        await AssertGoneAsync(harness, events.Text);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_fails_the_test_in_words()
    {
        await using var harness = await HarnessAsync(null);
        var archive = await ArchiveAsync(harness, Rests, "agent: 1\n");

        var (result, events) = await TryAsync(harness, archive, "200");

        Assert.Contains("did not answer within", result.Error, StringComparison.Ordinal);
        await AssertGoneAsync(harness, events.Text);
    }

    [Fact]
    public async Task What_reaches_outside_the_machine_is_not_in_the_tested_one()
    {
        await using var harness = await HarnessAsync(null);
        var archive = await ArchiveAsync(
            harness,
            Rests,
            $"args: -drive file={harness.Folder}/secret\nhostpci0: 01:00\nusb0: host=1d6b:0002\nserial0: /dev/ttyS0\nserial1: socket\nhookscript: local:snippets/x\nonboot: 1\nnet0: virtio=BC:24:11:00:00:01,bridge=vmbr0\nscsi7: /dev/sda,backup=0\nide2: local:iso/x.iso,media=cdrom\nsmbios1: uuid=11111111-2222-3333-4444-555555555555\nhugepages: 2\nprotection: 1\n");
        var watching = WatchAsync(harness);

        var (result, events) = await TryAsync(harness, archive, "200");

        Assert.True(result.Succeeded, events.Text);
        var config = await watching;
        Assert.All((string[])["args", "hostpci", "usb", "ttyS0", "hookscript", "onboot", "net0", "/dev/", "iso", "11111111", "hugepages", "protection"], word => Assert.DoesNotContain(word, config, StringComparison.Ordinal));
        Assert.Contains("serial1: socket\n", config, StringComparison.Ordinal);
        Assert.Contains("ide2: none,media=cdrom\n", config, StringComparison.Ordinal);
        await AssertGoneAsync(harness, events.Text);
    }

    [Fact]
    public async Task What_is_only_to_be_restored_is_not_started_and_says_so()
    {
        await using var harness = await HarnessAsync(null);
        var archive = await ArchiveAsync(harness, Resets);
        var events = new EventList();

        var result = await harness.Get<RestoreTrial>().RunAsync(new TrialRequest { ArchivePath = archive, Start = false }, GuestId.Parse("200"), events, Cancellation);

        Assert.True(result.Succeeded, events.Text);
        var evidence = Assert.Single(result.Tasks).Evidence!;
        Assert.Equal((TrialSign.Restored, null), (evidence.Shown, evidence.BootTook));
        Assert.Contains("Whether it starts is not known", evidence.Sentence, StringComparison.Ordinal);
        await AssertGoneAsync(harness, events.Text);
    }

    [Theory]
    [InlineData("DATA FLOWS", 1024)]
    [InlineData("starting the restored guest", 0)]
    [InlineData("QEMU runs the machine", 0)]
    public async Task Killed_in_the_middle_the_next_start_removes_the_tested_machine_and_no_other(string moment, long limit)
    {
        await using var harness = await HarnessAsync(null);
        await using var guest = await QemuGuest.MakeAsync(harness, kernel);
        await guest.StartAsync();
        var (backup, said) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None }, 100);
        Assert.True(backup.Succeeded, said.Text);
        using (var victim = Victim.Start("trial", harness.Folder, harness.LxcFolder, "100", Assert.IsType<TaskOutcome.Done>(Assert.Single(backup.Tasks).Outcome).ArchivePath, $"{limit}"))
        {
            await victim.WaitForKillAsync(moment);
        }

        Assert.NotEmpty(harness.RestoreLeftovers());

        var recovered = string.Join('\n', await harness.Get<RestoreEngine>().RecoverAsync(Cancellation));

        await AssertGoneAsync(harness, recovered);
        await guest.AssertGoesOnAsync(recovered);
    }

    [Fact]
    public async Task On_a_node_of_Proxmox_VE_it_is_started_and_stopped_by_qm()
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        await using var plain = await HarnessAsync(null, folder);
        var archive = await ArchiveAsync(plain, Rests);
        var programs = PlayedProxmox.ProgramsOf(folder);
        // As far as a test needs it: a start is a QEMU with the names of Proxmox VE, a stop its end.
        var qm = Path.Combine(folder, "proxmox-programs", "qm");
        await File.WriteAllTextAsync(qm, $$"""
            #!/bin/bash
            echo "qm $*" >> {{folder}}/called
            case $1 in
              start) exec qemu-system-x86_64 -name restore-test -uuid $(sed -n 's/^smbios1: uuid=//p' {{folder}}/qemu-server/$2.conf) -machine pc -m 64 -nodefaults -display none -daemonize -pidfile {{folder}}/run/$2.pid -qmp unix:{{folder}}/run/$2.qmp,server=on,wait=off ;;
              stop) kill $(cat {{folder}}/run/$2.pid); while [ -e {{folder}}/run/$2.pid ]; do sleep 0.1; done; rm -f {{folder}}/run/$2.qmp ;;
            esac
            """, Cancellation);
        File.SetUnixFileMode(qm, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.Combine(folder, "run"));
        await using var node = new EngineHarness(folder, proxmoxFolder: folder, programs: programs);

        var (result, events) = await TryAsync(node, archive, "200");

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal([$"qm start {Target} --skiplock 1", $"qm stop {Target} --skiplock 1 --timeout 30"], await File.ReadAllLinesAsync(Path.Combine(folder, "called"), Cancellation));
        await AssertGoneAsync(node, events.Text);
    }

    /// <param name="kernelOptions">What the tested machine's own kernel is told; null for a machine that boots from its disk.</param>
    private async Task<EngineHarness> HarnessAsync(string? kernelOptions, string? folder = null)
    {
        folder ??= Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        if (kernelOptions is null)
        {
            return new EngineHarness(folder);
        }

        // A tested machine loses its 'args', by which these tests' machines have their kernel; here it gets it from the host.
        var programs = Directory.CreateDirectory(Path.Combine(folder, "qemu")).FullName;
        var qemu = Path.Combine(programs, "qemu-system-x86_64");
        await File.WriteAllTextAsync(qemu, $"""
            #!/bin/bash
            case "$*" in *restore-test*) exec /usr/bin/qemu-system-x86_64 "$@" -kernel {kernel.Kernel} -initrd {await kernel.InitrdAsync()} -append "console=ttyS0 quiet panic=-1 {kernelOptions}" ;; esac
            exec /usr/bin/qemu-system-x86_64 "$@"
            """, Cancellation);
        File.SetUnixFileMode(qemu, (UnixFileMode)0b111_101_101);
        return new EngineHarness(folder, programs: new HostPrograms([programs, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]));
    }

    // A machine whose only disk begins with this, and nothing else.
    private static async Task<string> ArchiveAsync(EngineHarness harness, byte[] code, string config = "")
    {
        var machine = await TestMachine.MakeAsync(harness, 200, $"name: web\nboot: order=ide0\nkvm: 0\nmemory: 64\n{config}", ("ide0", TestMachine.Noise(1, 1 << 20), 4 << 20));
        await using (var disk = File.OpenWrite(machine.Disk(0)))
        {
            await disk.WriteAsync((byte[])[.. code, .. new byte[510 - code.Length], 0x55, 0xaa], Cancellation);
        }

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 200);
        return result.Tasks[0].Outcome is TaskOutcome.Done done ? done.ArchivePath : throw new InvalidOperationException(events.Text);
    }

    private static async Task<(RunResult Result, EventList Events)> TryAsync(EngineHarness harness, string archive, string guest)
    {
        var events = new EventList();
        return (await harness.Get<RestoreTrial>().RunAsync(new TrialRequest { ArchivePath = archive }, GuestId.Parse(guest), events, Cancellation), events);
    }

    private static async Task<string> WatchAsync(EngineHarness harness)
    {
        var config = Path.Combine(harness.Folder, "qemu-server", $"{Target}.conf");
        while (!File.Exists(config))
        {
            await Task.Delay(20, Cancellation);
        }

        return await File.ReadAllTextAsync(config, Cancellation);
    }

    private static async Task AssertGoneAsync(EngineHarness harness, string said)
    {
        Assert.Empty(harness.RestoreLeftovers());
        Assert.DoesNotContain(Target, string.Join('\n', Directory.EnumerateFileSystemEntries(harness.Folder, "*", SearchOption.AllDirectories)), StringComparison.Ordinal);
        Assert.DoesNotContain($"{harness.Folder}/run/{Target}", await Shell.ShAsync("pgrep -af qemu-system || true"), StringComparison.Ordinal);
        Assert.DoesNotContain(said.Split('\n'), line => line.Contains("remov", StringComparison.Ordinal) && line.Contains(" failed: ", StringComparison.Ordinal));
    }
}
