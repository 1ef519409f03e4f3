// Backs up one guest, prints each log line, and may kill itself at a step: Victim DATAFOLDER LXCFOLDER VMID BWLIMIT [MODE [STEP]]
// Or restores over a machine: Victim restore DATAFOLDER LXCFOLDER VMID BWLIMIT ARCHIVE [STEP]
// STEP is e.g. cut-before, cut-after or cut-during:20 (milliseconds after the step began).
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Tests.Victim;

var restore = args[0] == "restore";
args = restore ? args[1..] : args;
var services = new ServiceCollection()
    .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Engine:ProxmoxFolder"] = Path.Combine(args[0], "no-proxmox-here"),
        ["Engine:NodeLock"] = Path.Combine(args[0], "vzdump.lock"),
        ["Engine:LxcFolders:0"] = args[1],
        ["Engine:SystemLogSocket"] = Path.Combine(args[0], "no-system-log"),
    }).Build())
    .AddLogging()
    .AddEngine(args[0]);
if (args.Length > 5)
{
    var drivers = services.Where(service => service.ServiceType == typeof(IGuestDriver)).ToList();
    var deadly = new DeadlyStep(args[5]);
    foreach (var service in drivers)
    {
        services.Remove(service);
        services.AddSingleton<IGuestDriver>(provider => new DeadlyDriver((IGuestDriver)ActivatorUtilities.CreateInstance(provider, service.ImplementationType!), deadly));
    }
}

if (restore)
{
    await using var restoring = services.BuildServiceProvider();
    var engine = restoring.GetRequiredService<RestoreEngine>();
    var request = new RestoreRequest { ArchivePath = args[4], Target = GuestId.Parse(args[2]), Replace = true, StartAfter = true, BandwidthLimit = BandwidthLimit.FromKiB(long.Parse(args[3])) };
    await engine.RunAsync(await engine.PlanAsync(request, CancellationToken.None), new Printer(), CancellationToken.None);
    return;
}

var job = new BackupJob
{
    Selection = new GuestSelection.Ids([GuestId.Parse(args[2])]),
    Settings = new BackupSettings
    {
        Mode = args.ElementAtOrDefault(4) switch { "snapshot" => BackupMode.Snapshot, "suspend" => BackupMode.Suspend, _ => BackupMode.Stop },
        BandwidthLimitKiB = long.Parse(args[3]),
    },
};
await using var provider = services.BuildServiceProvider();
await provider.GetRequiredService<BackupEngine>().RunAsync(job, new Printer(), CancellationToken.None);

internal sealed class Printer : IProgress<BackupEvent>
{
    public void Report(BackupEvent value)
    {
        if (value is BackupEvent.Logged logged)
        {
            Console.WriteLine(logged.Text);
        }
        else if (value is BackupEvent.TaskProgressed { Progress.WrittenBytes: > 1024 * 1024 } or BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 })
        {
            Console.WriteLine("DATA FLOWS");
        }
    }
}
