// Backs up one guest, prints each log line, and may kill itself at a step: Victim DATAFOLDER LXCFOLDER VMID BWLIMIT [MODE [STEP]]
// STEP is e.g. cut-before, cut-after or cut-during:20 (milliseconds after the step began).
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Tests.Victim;

if (args is ["service", var folder, var lxcFolder])
{
    await Service.RunAsync(folder, lxcFolder);
    return;
}

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
        else if (value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 })
        {
            Console.WriteLine("DATA FLOWS");
        }
    }
}
