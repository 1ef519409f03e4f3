using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Archives of real containers are restored beside them, started, watched and removed; the containers themselves never notice.</summary>
public sealed class ContainerTrialTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_container_is_proven_to_start_while_the_original_runs_and_nothing_of_the_test_stays(bool unprivileged)
    {
        await using var made = await ArchivedContainer.MakeAsync(unprivileged: unprivileged);
        await made.Container.StartAsync();
        var init = await made.Container.InitPidAsync();

        var (result, events) = await TryAsync(made);

        Assert.True(result.Succeeded, events.Text);
        var evidence = Assert.Single(result.Tasks).Evidence!;
        Assert.Equal(TrialSign.InitRuns, evidence.Shown);
        Assert.True(evidence.RestoredBytes > 1024 * 1024, $"{evidence}");
        Assert.True(evidence.RestoreTook > TimeSpan.Zero && evidence.BootTook > TimeSpan.Zero && evidence.Watched >= TimeSpan.FromSeconds(4), $"{evidence}");
        Assert.Contains("INFO: nothing of the tested guest is left", events.Lines);
        await AssertGoneAsync(made, events.Text);
        Assert.Equal(init, await made.Container.InitPidAsync());
        Assert.Null((await made.StateAsync()).Lock);
    }

    [Fact]
    public async Task Nothing_of_a_hostile_configuration_reaches_the_host()
    {
        await using var made = await ArchivedContainer.MakeAsync(unprivileged: true);
        var secret = Directory.CreateDirectory(Path.Combine(made.Harness.Folder, "secret")).FullName;
        // What the archive asks for is what stands in the container's own configuration at its backup.
        await File.AppendAllTextAsync(made.Guest.ConfigPath, $"""

            lxc.mount.entry = {secret} var/secret none bind,create=dir 0 0
            lxc.hook.pre-start = /usr/bin/touch {secret}/hooked
            lxc.include = {secret}/more
            lxc.start.auto = 1
            lxc.net.1.type = none
            lxc.cgroup2.devices.allow = a
            """, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(secret, "more"), $"lxc.hook.post-stop = /usr/bin/touch {secret}/included\n", Cancellation);
        var (backup, said) = await made.Harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), made.Guest.Id.Value);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(backup.Tasks).Outcome).ArchivePath;
        var watching = WatchAsync(made);

        var (result, events) = await TryAsync(made, archive);

        Assert.True(result.Succeeded, $"{said.Text}\n{events.Text}");
        Assert.Equal(["more"], Directory.EnumerateFileSystemEntries(secret).Select(Path.GetFileName));
        var config = await watching;
        Assert.Contains("lxc.net.0.type = empty", config, StringComparison.Ordinal);
        Assert.All((string[])["secret", "hook", "lxc.start", "lxc.net.1", "devices"], word => Assert.DoesNotContain(word, config, StringComparison.Ordinal));
        await AssertGoneAsync(made, events.Text);
    }

    [Fact]
    public async Task An_archive_without_init_fails_in_words_and_is_gone()
    {
        await using var made = await ArchivedContainer.MakeAsync(more: "rm sbin/init");

        var (result, events) = await TryAsync(made);

        Assert.Contains("init", result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Failed to exec", result.Error, StringComparison.Ordinal);
        Assert.Equal(TrialSign.Restored, Assert.Single(result.Tasks).Evidence!.Shown);
        await AssertGoneAsync(made, events.Text);
    }

    [Fact]
    public async Task An_init_that_ends_soon_is_not_taken_for_a_container_that_works()
    {
        await using var made = await ArchivedContainer.MakeAsync(more: "printf '#!/bin/sh\\nsleep 1\\n' > sbin/init");

        var (result, events) = await TryAsync(made);

        Assert.Contains("its init ended", result.Error, StringComparison.Ordinal);
        await AssertGoneAsync(made, events.Text);
    }

    [Fact]
    public async Task A_damaged_archive_fails_in_words_and_leaves_nothing()
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 4);
        await Shell.ShAsync($"truncate -s -1M '{made.Archive}'");

        var (result, events) = await TryAsync(made);

        Assert.False(result.Succeeded, events.Text);
        Assert.Null(Assert.Single(result.Tasks).Evidence);
        await AssertGoneAsync(made, events.Text);
    }

    [Fact]
    public async Task A_privileged_archive_without_such_a_guest_here_is_tested_unprivileged()
    {
        await using var made = await ArchivedContainer.MakeAsync();
        File.SetUnixFileMode(made.Harness.Folder, (UnixFileMode)0b111_101_101);
        var watching = WatchAsync(made);

        var (result, events) = await TryAsync(made, guest: "150");

        Assert.True(result.Succeeded, events.Text);
        Assert.Contains("lxc.idmap = u 0 100000 65536", await watching, StringComparison.Ordinal);
        await AssertGoneAsync(made, events.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_test_leaves_nothing(bool isUp)
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 4);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var running = made.Harness.Get<RestoreTrial>().RunAsync(new TrialRequest { ArchivePath = made.Archive, BandwidthLimit = new(isUp ? 0 : 1024 * 1024) }, made.Guest.Id, events, cancel.Token);
        await events.SeeLineAsync(isUp ? "the container's init runs" : "creating volume");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await AssertGoneAsync(made, events.Text);
    }

    [Fact]
    public async Task What_has_no_room_is_refused_before_anything_is_made()
    {
        await using var made = await ArchivedContainer.MakeAsync(CompressionKind.None, fillMiB: 12);
        var archive = Path.Combine(made.Harness.Dump, Path.GetFileName(made.Archive));
        var lxc = Path.Combine(made.Harness.Folder, "lxc-small");
        await using var small = new EngineHarness(made.Harness.Folder, lxc);
        await using var disk = await SmallDisk.MountAsync(lxc, mebibytes: 8);
        var events = new EventList();

        var result = await small.Get<RestoreTrial>().RunAsync(new TrialRequest { ArchivePath = archive }, made.Guest.Id, events, Cancellation);

        Assert.Contains("too little room", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(events.Lines, line => line.Contains("creating volume", StringComparison.Ordinal));
        Assert.Empty(small.RestoreLeftovers());
    }

    [Fact]
    public async Task A_test_that_would_fill_the_storage_is_stopped_before_and_removed()
    {
        // Small as an archive, large as a container: that is known only when it is unpacked.
        await using var made = await ArchivedContainer.MakeAsync(more: "{ yes 2>/dev/null || true; } | head -c 40000000 > var/large");
        File.SetUnixFileMode(made.Harness.Folder, (UnixFileMode)0b111_101_101);
        var lxc = Path.Combine(made.Harness.Folder, "lxc-small");
        await using var small = new EngineHarness(made.Harness.Folder, lxc);
        await using var disk = await SmallDisk.MountAsync(lxc, mebibytes: 100);
        await Shell.ShAsync($"fallocate -l $(( $(df --output=avail -B1 '{lxc}' | tail -1) - (16 << 20) )) '{lxc}/others'");
        var events = new EventList();

        var result = await small.Get<RestoreTrial>().RunAsync(new TrialRequest { ArchivePath = made.Archive, BandwidthLimit = new(4 << 20) }, made.Guest.Id, events, Cancellation);

        Assert.True(result.Error?.Contains("before it filled the storage", StringComparison.Ordinal), events.Text);
        Assert.Equal(["lost+found", "others"], Directory.EnumerateFileSystemEntries(lxc).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(small.RestoreLeftovers());
    }

    [Theory]
    [InlineData("DATA FLOWS", 2048)]
    [InlineData("starting the restored guest", 0)]
    [InlineData("the container's init runs", 0)]
    public async Task Killed_in_the_middle_the_next_start_removes_the_tested_guest_and_no_other(string moment, long limit)
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 6);
        await made.Container.StartAsync();
        var init = await made.Container.InitPidAsync();
        using var victim = Victim.Start("trial", made.Harness.Folder, made.Harness.LxcFolder, $"{made.Guest.Id}", made.Archive, $"{limit}");
        await victim.WaitForKillAsync(moment);
        Assert.NotEmpty(made.Harness.RestoreLeftovers());

        var said = string.Join('\n', await made.Harness.Get<RestoreEngine>().RecoverAsync(Cancellation));

        await AssertGoneAsync(made, said);
        Assert.Equal(init, await made.Container.InitPidAsync());
        Assert.Null((await made.StateAsync()).Lock);
    }

    [Fact]
    public async Task A_guest_that_took_the_place_of_a_killed_test_is_left_alone()
    {
        await using var made = await ArchivedContainer.MakeAsync();
        using (var victim = Victim.Start("trial", made.Harness.Folder, made.Harness.LxcFolder, $"{made.Guest.Id}", made.Archive, "0"))
        {
            await victim.WaitForKillAsync("the container's init runs");
        }

        // Its owner kept it: the mark is not in its configuration any more.
        await using var kept = BusyboxContainer.Of(made.Harness.LxcFolder, $"restore-test-{made.Guest.Id}");
        var config = Path.Combine(kept.Folder, kept.Name, "config");
        await File.WriteAllTextAsync(config, string.Join('\n', (await File.ReadAllLinesAsync(config, Cancellation)).Skip(1)), Cancellation);

        await made.Harness.Get<RestoreEngine>().RecoverAsync(Cancellation);

        // And it is a guest like any other: a name alone hides nothing from jobs.
        Assert.False((await made.Harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests.Single(state => state.Guest.Name == kept.Name).Guest.IsTrial);
        Assert.True(await kept.IsRunningAsync());
        Assert.True(File.Exists(Path.Combine(kept.Root, "var/t/one")));
        Assert.Empty(made.Harness.RestoreLeftovers());
    }

    [Fact]
    public async Task On_a_node_of_Proxmox_VE_it_is_started_and_stopped_by_pct()
    {
        await using var made = await ArchivedContainer.MakeAsync();
        var folder = made.Harness.Folder;
        var programs = PlayedProxmox.ProgramsOf(folder);
        // As far as a test needs it: LXC knows the container by its VMID.
        var pct = Path.Combine(folder, "proxmox-programs", "pct");
        await File.WriteAllTextAsync(pct, $$"""
            #!/bin/bash
            echo "pct $*" >> {{folder}}/called
            case $1 in
              start)
                mkdir /var/lib/lxc/$2
                printf 'lxc.rootfs.path = dir:%s\nlxc.net.0.type = empty\nlxc.mount.auto = proc:mixed sys:mixed cgroup:mixed\nlxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n' {{folder}}/storage/local/images/$2/subvol-$2-disk-0.subvol > /var/lib/lxc/$2/config
                exec lxc-start -n $2 ;;
              stop) lxc-stop -k -n $2; rm -r /var/lib/lxc/$2 ;;
            esac
            """, Cancellation);
        File.SetUnixFileMode(pct, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        await using var node = new EngineHarness(folder, made.Harness.LxcFolder, proxmoxFolder: folder, programs: programs);
        var events = new EventList();

        var result = await node.Get<RestoreTrial>().RunAsync(new TrialRequest { ArchivePath = made.Archive }, GuestId.Parse("150"), events, Cancellation);

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal(TrialSign.InitRuns, Assert.Single(result.Tasks).Evidence!.Shown);
        Assert.Equal(["pct start 900000 --skiplock 1", "pct stop 900000 --skiplock 1"], await File.ReadAllLinesAsync(Path.Combine(folder, "called"), Cancellation));
        Assert.DoesNotContain("900000", string.Join('\n', Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)), StringComparison.Ordinal);
        await AssertGoneAsync(made, events.Text);
    }

    private static async Task<(RunResult Result, EventList Events)> TryAsync(ArchivedContainer made, string? archive = null, string? guest = null)
    {
        var events = new EventList();
        var result = await made.Harness.Get<RestoreTrial>().RunAsync(new TrialRequest { ArchivePath = archive ?? made.Archive }, guest is null ? made.Guest.Id : GuestId.Parse(guest), events, Cancellation);
        return (result, events);
    }

    // The tested guest's configuration, as soon as there is one.
    private static async Task<string> WatchAsync(ArchivedContainer made)
    {
        while (true)
        {
            foreach (var folder in Directory.EnumerateDirectories(made.Harness.LxcFolder, "restore-test-*"))
            {
                if (File.Exists(Path.Combine(folder, "config")))
                {
                    return await File.ReadAllTextAsync(Path.Combine(folder, "config"), Cancellation);
                }
            }

            await Task.Delay(20, Cancellation);
        }
    }

    private static async Task AssertGoneAsync(ArchivedContainer made, string said)
    {
        Assert.Empty(made.Harness.RestoreLeftovers());
        Assert.Equal([made.Container.Name], Directory.EnumerateFileSystemEntries(made.Harness.LxcFolder).Select(Path.GetFileName));
        Assert.DoesNotContain("restore-test", await File.ReadAllTextAsync("/proc/net/unix", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain("restore-test", await File.ReadAllTextAsync(Path.Combine(made.Harness.Folder, "lxc-native.cfg"), Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain((await made.Harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name.StartsWith("restore-test", StringComparison.Ordinal));
        Assert.DoesNotContain(said.Split('\n'), line => line.Contains("remov", StringComparison.Ordinal) && line.Contains(" failed: ", StringComparison.Ordinal));
    }
}
