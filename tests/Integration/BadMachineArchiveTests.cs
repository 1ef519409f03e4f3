using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Tests.Engine.Archives.Vma;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

// Alone, because it measures what the whole process allocates.
[CollectionDefinition("restore memory", DisableParallelization = true)]
public sealed class RestoreMemoryCollection;

/// <summary>Every crafted archive that a reader must refuse, given to the whole engine as a restore over a machine.</summary>
[Collection("restore memory")]
public sealed class BadMachineArchiveTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Damages => [.. BadArchives.All.Keys];

    [Fact]
    public async Task The_archive_that_the_bad_ones_are_made_of_is_restored()
    {
        await using var harness = new EngineHarness();
        Assert.IsType<TaskOutcome.Done>((await RestoreAsync(harness, BadArchives.Sound)).Outcome);
        Assert.Equal(["vm-500-disk-0.qcow2", "vm-500-disk-2.raw"], new TestMachine(harness, 500).Files());
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_bad_archive_is_refused_in_a_sentence_and_the_machine_it_was_to_replace_is_as_before(string damage)
    {
        await using var harness = new EngineHarness();
        var archive = BadArchives.All[damage]();
        var most = damage == BadArchives.ScatteredName ? 600L << 20 : 40L << 20;
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var (outcome, machine, tree) = await RestoreAsync(harness, archive);

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, most);
        var reason = Assert.IsType<TaskOutcome.Failed>(outcome).Reason;
        Assert.EndsWith(".", reason);
        Assert.True(reason.Length < 600 && !reason.Any(char.IsControl), reason);
        Assert.Equal(tree, await TreeAsync(harness));
        Assert.Equal("scsi0: local:500/vm-500-disk-0.raw\nscsi1: local:500/vm-500-disk-1.raw\n", await machine.TextAsync());
    }

    private static async Task<(TaskOutcome Outcome, TestMachine Machine, string Tree)> RestoreAsync(EngineHarness harness, byte[] archive)
    {
        var machine = await TestMachine.MakeAsync(harness, 500, "", ("scsi0", TestMachine.Noise(7, 8192), 8192), ("scsi1", null, 8192));
        await File.WriteAllTextAsync(machine.Config, "scsi0: local:500/vm-500-disk-0.raw\nscsi1: local:500/vm-500-disk-1.raw\n", Cancellation);
        var path = Path.Combine(harness.Dump, "vzdump-qemu-500-2026_01_01-00_00_00.vma");
        await File.WriteAllBytesAsync(path, archive, Cancellation);
        var tree = await TreeAsync(harness);
        var engine = harness.Get<RestoreEngine>();
        try
        {
            var plan = await engine.PlanAsync(new RestoreRequest { ArchivePath = path, Target = GuestId.Parse("500"), Replace = true }, Cancellation);
            return (await engine.RunAsync(plan, new EventList(), Cancellation), machine, tree);
        }
        catch (ProblemException problem)
        {
            return (new TaskOutcome.Failed(problem.Message, TimeSpan.Zero), machine, tree);
        }
    }

    // All files but the log and the folder of notes, which is empty when a restore is over.
    private static Task<string> TreeAsync(EngineHarness harness) => Shell.ShAsync($"cd '{harness.Folder}' && find . -path ./log -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum");
}
