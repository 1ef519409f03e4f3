// Runs the engine on one guest and prints each log line, in order to be killed or to kill itself:
//   Victim backup  DATAFOLDER LXCFOLDER VMID BWLIMIT [MODE [STEP]]     STEP e.g. cut-before, cut-after, cut-during:20 (milliseconds)
//   Victim trial   DATAFOLDER LXCFOLDER VMID ARCHIVE BWLIMIT
//   Victim restore DATAFOLDER LXCFOLDER VMID ARCHIVE BWLIMIT [STEP]     STEP after: the new guest is there and the old one's volumes too
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Tests.Victim;

if (args is ["service", var folder, var lxcFolder])
{
    await Service.RunAsync(folder, lxcFolder);
    return;
}

var services = new ServiceCollection()
    .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Engine:ProxmoxFolder"] = Path.Combine(args[1], "no-proxmox-here"),
        ["Engine:NodeLock"] = Path.Combine(args[1], "vzdump.lock"),
        ["Engine:LxcFolders:0"] = args[2],
        ["Engine:QemuRunFolder"] = Path.Combine(args[1], "run"),
        ["Engine:SystemLogSocket"] = Path.Combine(args[1], "no-system-log"),
    }).Build())
    .AddLogging()
    .AddEngine(args[1]);
var deadly = new DeadlyStep(args is ["backup", _, _, _, _, _, var step] ? step : args is ["restore", _, _, _, _, _, var at] ? at == "after" ? "start-before" : at : "");
foreach (var service in services.Where(service => service.ServiceType == typeof(IGuestDriver)).ToList())
{
    services.Remove(service);
    services.AddSingleton<IGuestDriver>(provider => new DeadlyDriver((IGuestDriver)ActivatorUtilities.CreateInstance(provider, service.ImplementationType!), deadly));
}

await using var provider = services.BuildServiceProvider();
var guest = GuestId.Parse(args[3]);
if (args[0] == "restore")
{
    var engine = provider.GetRequiredService<RestoreEngine>();
    var plan = await engine.PlanAsync(
        new RestoreRequest { ArchivePath = args[4], Target = guest, Replace = true, BandwidthLimit = BandwidthLimit.FromKiB(long.Parse(args[5])), StartAfter = args is [.., "after" or "start-before"] },
        CancellationToken.None);
    await engine.RunAsync(plan, new Printer(), CancellationToken.None);
}
else if (args[0] == "trial")
{
    var request = new TrialRequest { ArchivePath = args[4], BandwidthLimit = BandwidthLimit.FromKiB(long.Parse(args[5])) };
    await provider.GetRequiredService<RestoreTrial>().RunAsync(request, guest, new Printer(), CancellationToken.None);
}
else
{
    var job = new BackupJob
    {
        Selection = new GuestSelection.Ids([guest]),
        Settings = new BackupSettings
        {
            Mode = args.ElementAtOrDefault(5) switch { "snapshot" => BackupMode.Snapshot, "suspend" => BackupMode.Suspend, _ => BackupMode.Stop },
            BandwidthLimitKiB = long.Parse(args[4]),
        },
    };
    await provider.GetRequiredService<BackupEngine>().RunAsync(job, new Printer(), CancellationToken.None);
}

internal sealed class Printer : IProgress<BackupEvent>
{
    public void Report(BackupEvent value)
    {
        if (value is BackupEvent.Logged logged)
        {
            Console.WriteLine(logged.Text);
        }
        else if (value is BackupEvent.TaskProgressed { Progress: var progress } && Math.Max(progress.DoneBytes, progress.WrittenBytes) > 1024 * 1024)
        {
            Console.WriteLine("DATA FLOWS");
        }
    }
}
