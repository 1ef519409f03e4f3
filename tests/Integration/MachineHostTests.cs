using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>What every kind of host must do with a machine: one we start ourselves, and a Proxmox VE node, whose <c>qm</c> is played by a script over the same QEMU.</summary>
public sealed class MachineHostTests(GuestKernel kernel)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain")]
    [InlineData("proxmox")]
    public async Task A_machine_shuts_down_in_order_leaves_its_disks_free_and_starts_again(string kind)
    {
        await using var harness = new EngineHarness();
        // With the processor's help where it works; where it is offered and does not, the plain host finds that out.
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, withKvm: kind == "plain");
        await guest.StartAsync();
        var host = await HostAsync(kind, harness, guest);
        var first = guest.Pid;

        await host.CheckStartAsync(await guest.FindAsync(), Cancellation);
        await host.StopAsync(await guest.FindAsync(), TimeSpan.FromMinutes(4), Cancellation);

        Assert.Equal(GuestStatus.Stopped, (await guest.StateAsync()).Status);
        Assert.Contains("POWER BUTTON", guest.Console(), StringComparison.Ordinal);
        // Its own lock is off: somebody else may open it for writing.
        await Shell.RunAsync("qemu-io", "-f", "qcow2", "-c", "read 0 512", await host.VolumePathAsync("local:100/vm-100-disk-1.qcow2", Cancellation));

        await host.StartAsync(await guest.FindAsync(), Cancellation);

        await guest.AssertGoesOnAsync(kind);
        Assert.NotEqual(first, guest.Pid);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("proxmox")]
    public async Task A_machine_that_does_not_shut_down_in_time_runs_on(string kind)
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, kernelOptions: "DEAF=1");
        await guest.StartAsync();
        var host = await HostAsync(kind, harness, guest);

        var problem = await Assert.ThrowsAsync<ProblemException>(async () => await host.StopAsync(await guest.FindAsync(), TimeSpan.FromSeconds(2), Cancellation));

        Assert.Contains("stopwait", problem.Message, StringComparison.Ordinal);
        await guest.AssertGoesOnAsync(kind);
    }

    [Fact]
    public async Task Proxmox_is_called_with_exactly_these_words()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel);
        var host = await HostAsync("proxmox", harness, guest, plays: false);
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), "\nlvmthin: fast\n\tvgname pve\n\tthinpool data\n", Cancellation);

        await host.StopAsync(await guest.FindAsync(), TimeSpan.FromMinutes(10), Cancellation);
        await host.StartAsync(await guest.FindAsync(), Cancellation);
        var path = await host.VolumePathAsync("fast:vm-100-disk-0", Cancellation);

        Assert.Equal("/dev/pve/vm-100-disk-0", path);
        Assert.Equal(
            ["qm shutdown 100 --skiplock 1 --keepActive 1 --timeout 600", "qm start 100 --skiplock 1", "pvesm path fast:vm-100-disk-0"],
            await File.ReadAllLinesAsync(Path.Combine(harness.Folder, "called"), Cancellation));
    }

    private static async Task<IMachineHost> HostAsync(string kind, EngineHarness harness, QemuGuest guest, bool plays = true)
    {
        if (kind == "plain")
        {
            return harness.Get<PlainMachines>();
        }

        await harness.Get<PlainMachines>().CheckStartAsync(await guest.FindAsync(), Cancellation);
        return new ProxmoxMachines(harness.Get<NodePaths>(), await PlayedProxmox.PlayAsync(harness, guest, plays));
    }
}
