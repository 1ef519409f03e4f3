// Backs up one guest and prints each log line: Victim DATAFOLDER LXCFOLDER VMID BWLIMIT
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

var services = new ServiceCollection()
    .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Engine:ProxmoxFolder"] = Path.Combine(args[0], "no-proxmox-here"),
        ["Engine:NodeLock"] = Path.Combine(args[0], "vzdump.lock"),
        ["Engine:LxcFolders:0"] = args[1],
    }).Build())
    .AddLogging()
    .AddEngine(args[0])
    .BuildServiceProvider();
var job = new BackupJob
{
    Selection = new GuestSelection.Ids([GuestId.Parse(args[2])]),
    Settings = new BackupSettings { Mode = BackupMode.Stop, BandwidthLimitKiB = long.Parse(args[3]) },
};
await services.GetRequiredService<BackupEngine>().RunAsync(job, new Printer(), CancellationToken.None);

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
