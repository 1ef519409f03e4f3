using System.Diagnostics;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The program is killed while it restores over a machine; the next start leaves the old machine whole, or the new one.</summary>
public sealed class RestoreKillTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Zstd)]
    public async Task Killed_half_way_the_old_machine_is_as_it_was_and_no_new_volume_is_left(CompressionKind compress)
    {
        await using var harness = new EngineHarness();
        var (machine, archive) = await MakeAsync(harness, compress);
        var (config, sums) = (await machine.TextAsync(), await SumsAsync(machine));
        using (var program = Start(harness, archive, limit: 4096, "none"))
        {
            while (await program.StandardOutput.ReadLineAsync(Cancellation) is { } line && line != "DATA FLOWS")
            {
            }

            Assert.False(program.HasExited);
            program.Kill();
            await program.WaitForExitAsync(Cancellation);
        }

        Assert.NotEqual(config, await machine.TextAsync());
        Assert.NotEmpty(harness.RestoreLeftovers());

        var said = await harness.Get<RestoreEngine>().RecoverAsync(Cancellation);

        Assert.NotEmpty(said);
        Assert.Equal(config, await machine.TextAsync());
        Assert.Equal(sums, await SumsAsync(machine));
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Theory]
    [InlineData("lock-before", false)]
    [InlineData("lock-after", false)]
    [InlineData("start-before", true)]
    [InlineData("unlock-before", true)]
    public async Task Killed_between_two_steps_one_of_the_two_machines_is_whole(string step, bool isNew)
    {
        await using var harness = new EngineHarness();
        var (machine, archive) = await MakeAsync(harness, CompressionKind.Zstd);
        var config = await machine.TextAsync();
        using (var program = Start(harness, archive, limit: 0, step))
        {
            var said = await program.StandardOutput.ReadToEndAsync(Cancellation);
            await program.WaitForExitAsync(Cancellation);
            Assert.True(program.ExitCode == 128 + 9, $"it was to die at {step}, and ended with {program.ExitCode}:\n{said}");
        }

        await harness.Get<RestoreEngine>().RecoverAsync(Cancellation);

        Assert.Equal([isNew ? "vm-200-disk-1.raw" : "vm-200-disk-0.raw"], machine.Files());
        Assert.Equal(isNew ? config.Replace("disk-0.raw,size=1G", "disk-1.raw,size=24M", StringComparison.Ordinal) : config, await machine.TextAsync());
        Assert.Empty(harness.RestoreLeftovers());
        var engine = harness.Get<RestoreEngine>();
        var again = await engine.RunAsync(await engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("200"), Replace = true }, Cancellation), new EventList(), Cancellation);
        Assert.IsType<TaskOutcome.Done>(again);
    }

    private static async Task<(TestMachine Machine, string Archive)> MakeAsync(EngineHarness harness, CompressionKind compress)
    {
        var machine = await TestMachine.MakeAsync(harness, 200, "name: web\n", ("scsi0", TestMachine.Noise(1, 20 << 20), 24 << 20));
        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(compress), 200);
        return (machine, result.Tasks[0].Outcome is TaskOutcome.Done done ? done.ArchivePath : throw new InvalidOperationException(events.Text));
    }

    private static Process Start(EngineHarness harness, string archive, long limit, string step)
    {
        var victim = Path.Combine(AppContext.BaseDirectory.Replace("/Integration/", "/Victim/", StringComparison.Ordinal), "VzDump.Tests.Victim.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [victim, "restore", harness.Folder, harness.LxcFolder, "200", archive, $"{limit}", step]) { RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    private static Task<string> SumsAsync(TestMachine machine) => Shell.ShAsync($"cd '{machine.Images}' && sha256sum *");
}
