using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Files of an archive that are put into a real container, at their place or beside.</summary>
public sealed class PutBackTests
{
    private const string Map = "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536";

    // A tree with everything that a file can have. 100000 is the container's own root where it is unprivileged.
    private const string Tree = """
        mkdir -p srv/data/deep; echo one > srv/data/one; ln srv/data/one srv/data/same; ln -s ../../etc/none srv/data/link; echo odd > "srv/data/an odd
        name"; truncate -s 20M srv/data/hole; echo end >> srv/data/hole; echo deep > srv/data/deep/file; mkfifo srv/data/pipe
        [ "$1" = 0 ] || chown -R "$1:$1" .
        chown "$(($1 + 33)):$(($1 + 44))" srv/data/one srv/data/deep/file
        chmod 4751 srv/data/one; setfattr -n user.note -v kept srv/data/one; setfacl -m "u:$(($1 + 5)):r,g:$(($1 + 12)):rw" srv/data/one
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_folder_comes_back_at_its_place_with_all_that_belongs_to_its_files(bool isUnprivileged, bool isRunning)
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness, isUnprivileged);
        var (guest, archive) = await BackUpAsync(harness, container, isRunning);
        var before = await TellAsync(container, "srv");
        await Shell.ShAsync($"cd '{container.Root}/srv/data' && echo changed > one && rm same 'an odd\nname' && rm -r deep hole && echo new > own");
        var running = isRunning ? await container.InitPidAsync() : 0;
        // A program that has the old file open goes on reading it.
        await using var open = File.OpenRead(Path.Combine(container.Root, "srv/data/one"));

        var (result, events) = await PutAsync(harness, archive, guest, null, "srv/data");

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal("new", (await File.ReadAllTextAsync(Path.Combine(container.Root, "srv/data/own"), Cancellation)).Trim());
        File.Delete(Path.Combine(container.Root, "srv/data/own"));
        Assert.Equal(before, await TellAsync(container, "srv"));
        Assert.Equal("changed", (await new StreamReader(open).ReadToEndAsync(Cancellation)).Trim());
        Assert.InRange(512 * long.Parse(await Shell.RunAsync("stat", "--format=%b", $"{container.Root}/srv/data/hole"), System.Globalization.CultureInfo.InvariantCulture), 0, 1 << 20);
        Assert.Equal(isRunning, await container.IsRunningAsync());
        Assert.Equal(running, isRunning ? await container.InitPidAsync() : 0);
        Assert.DoesNotContain(await File.ReadAllLinesAsync("/proc/mounts", Cancellation), line => line.Contains("vzdump-web", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_come_into_a_folder_beside_and_the_originals_stay(bool isRunning)
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness, isUnprivileged: true);
        var (guest, archive) = await BackUpAsync(harness, container, isRunning);
        await Shell.ShAsync($"echo changed > '{container.Root}/srv/data/one'");

        // The second name alone brings its file along.
        var (result, events) = await PutAsync(harness, archive, guest, "/restored/2026-08-22", "srv/data/same", "srv/data/link", "srv/data/deep");

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal("changed", (await File.ReadAllTextAsync(Path.Combine(container.Root, "srv/data/one"), Cancellation)).Trim());
        var beside = Path.Combine(container.Root, "restored/2026-08-22/srv/data");
        Assert.Equal("one", (await File.ReadAllTextAsync(Path.Combine(beside, "same"), Cancellation)).Trim());
        Assert.Equal("100033:100044 deep", (await Shell.ShAsync($"cd '{beside}/deep' && echo $(stat -c %u:%g file) $(cat file)")).Trim());
        Assert.Equal("../../etc/none", new FileInfo(Path.Combine(beside, "link")).LinkTarget);
        Assert.Equal((await Shell.ShAsync($"stat -c %i '{beside}/same'")).Trim(), (await Shell.ShAsync($"stat -c %i '{beside}/one'")).Trim());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_link_in_the_container_leads_a_file_to_another_place(bool isRunning)
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness, isUnprivileged: false);
        var outside = Directory.CreateDirectory(Path.Combine(harness.Folder, "outside")).FullName;
        var (guest, archive) = await BackUpAsync(harness, container, isRunning);

        // Absolute, up and out, and one that stays within the container.
        foreach (var target in (string[])[outside, "../../../../../../../../.." + outside, "/var"])
        {
            await Shell.ShAsync($"cd '{container.Root}' && rm -rf srv && ln -s '{target}' srv");
            var (result, events) = await PutAsync(harness, archive, guest, null, "srv/data");

            Assert.False(result.Succeeded, events.Text);
            Assert.Contains("symlink", result.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
            Assert.False(Directory.Exists(Path.Combine(container.Root, "var/data")));
            Assert.Equal(target, new FileInfo(Path.Combine(container.Root, "srv")).LinkTarget);
        }

        await Shell.ShAsync($"cd '{container.Root}' && rm srv && ln -s '{outside}' restored");
        Assert.False((await PutAsync(harness, archive, guest, "/restored", "srv/data")).Result.Succeeded);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Fact]
    public async Task Devices_and_what_the_kernel_makes_are_left_out_and_told()
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness, isUnprivileged: false);
        await Shell.ShAsync($"cd '{container.Root}' && mknod srv/disk b 8 0 && echo 1 > proc/fake");
        var (guest, archive) = await BackUpAsync(harness, container, isRunning: false);
        await Shell.ShAsync($"cd '{container.Root}' && rm -r srv proc/fake");

        var (result, events) = await PutAsync(harness, archive, guest, null, "srv", "proc", "etc/vzdump");

        Assert.True(result.Succeeded, events.Text);
        Assert.True(File.Exists(Path.Combine(container.Root, "srv/data/one")));
        Assert.False(Path.Exists(Path.Combine(container.Root, "srv/disk")) || Path.Exists(Path.Combine(container.Root, "proc/fake")) || Path.Exists(Path.Combine(container.Root, "etc/vzdump/pct.conf")));
        Assert.Contains("WARN: 'srv/disk' is left out: it is a device", events.Lines);
        Assert.Contains("WARN: 'proc/fake' is left out: the kernel makes what is there", events.Lines);
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_and_nothing_is_written()
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness, isUnprivileged: false);
        var (guest, archive) = await BackUpAsync(harness, container, isRunning: false);
        var engine = harness.Get<PutBackEngine>();
        var request = new PutBackRequest { ArchivePath = archive, Paths = ["srv/data"], Target = guest };
        foreach (var folder in (string[])["../x", "/a/../b", "/.hidden", "/a b", "/a,b", "/", "", "/a\nb", "/%"])
        {
            await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(request with { Folder = folder }, Cancellation));
        }

        await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(request with { Paths = [] }, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(request with { Paths = ["nowhere"] }, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(request with { Target = GuestId.Parse("999") }, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(request with { Target = GuestId.Parse("100") }, Cancellation)); // a virtual machine
        var plan = await engine.PlanAsync(request, Cancellation);
        Assert.Equal((container.Name, false, 9L), (plan.Name, plan.IsRunning, plan.Count));

        // A damaged archive: what stands before the damage can be put back.
        await using (var file = File.OpenWrite(archive))
        {
            file.SetLength(file.Length / 2);
        }

        await Assert.ThrowsAsync<ProblemException>(() => engine.PlanAsync(request, Cancellation)); // its files are not listed any more
        await harness.Get<ArchiveTrees>().Make(archive).Done;
        using var tree = harness.Get<ArchiveTrees>().Find(archive)!;
        Assert.NotNull(tree.Problem);
        Assert.True((await PutAsync(harness, archive, guest, "/restored", tree.List(MemberPath.Root, 0, 1).Entries[0].Path.ToString())).Result.Succeeded);
    }

    [Fact]
    public async Task Stopped_in_the_middle_no_half_file_takes_the_place_of_a_whole_one_and_nothing_runs_on()
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness, isUnprivileged: false);
        await Shell.ShAsync($"head -c 200M /dev/urandom > '{container.Root}/srv/large'");
        var (guest, archive) = await BackUpAsync(harness, container, isRunning: false);
        await Shell.ShAsync($"echo old > '{container.Root}/srv/large'");
        using var stop = new CancellationTokenSource();
        var events = new EventList();
        var put = harness.Get<PutBackEngine>().RunAsync(new PutBackRequest { ArchivePath = archive, Paths = ["srv/large"], Target = guest }, events, stop.Token);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1 << 20 });

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);

        Assert.Equal("old", (await File.ReadAllTextAsync(Path.Combine(container.Root, "srv/large"), Cancellation)).Trim());
        Assert.Empty(VzDump.Engine.Host.ProcessTable.WithArgument("bsdtar", _ => true));
        Assert.Contains(events.Lines, line => line.Contains("Files that were put back until then stay", StringComparison.Ordinal));
    }

    private static async Task<BusyboxContainer> MakeAsync(EngineHarness harness, bool isUnprivileged)
    {
        await Shell.ShAsync("for f in /etc/subuid /etc/subgid; do grep -q '^root:100000:' $f 2>/dev/null || echo 'root:100000:65536' >> $f; done");
        await harness.MakeSamplesAsync();
        var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, moreConfig: isUnprivileged ? Map : "");
        await Shell.ShAsync($"chmod o+x '{harness.Folder}' '{harness.LxcFolder}' '{harness.LxcFolder}/{container.Name}'; chmod 700 '{harness.Folder}/storage'");
        await Shell.RunAsync("/bin/bash", "-euc", $"cd '{container.Root}'\n{Tree}", "_", isUnprivileged ? "100000" : "0");
        return container;
    }

    private static async Task<(GuestId Guest, string Archive)> BackUpAsync(EngineHarness harness, BusyboxContainer container, bool isRunning)
    {
        var guest = Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name).Guest;
        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), guest.Id.Value);
        Assert.True(result.Succeeded, events.Text);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        await harness.Get<ArchiveTrees>().Make(archive).Done;
        if (isRunning)
        {
            await container.StartAsync();
        }

        return (guest.Id, archive);
    }

    private static async Task<(RunResult Result, EventList Events)> PutAsync(EngineHarness harness, string archive, GuestId guest, string? folder, params string[] paths)
    {
        var events = new EventList();
        return (await harness.Get<PutBackEngine>().RunAsync(new PutBackRequest { ArchivePath = archive, Paths = paths, Target = guest, Folder = folder }, events, Cancellation), events);
    }

    // Names, kinds, owners, permissions, sizes, times, links, contents, access lists and attributes.
    private static Task<string> TellAsync(BusyboxContainer container, string folder) => Shell.ShAsync(
        $"cd '{container.Root}/{folder}' && find . -printf '%P %y %m %U %G %s %n %l\\n' | sort; find . -type f -printf '%P %Ts\\n' | sort; find . -type f -exec md5sum {{}} + | sort; getfacl -nR . ; getfattr -hR -d .");
}
