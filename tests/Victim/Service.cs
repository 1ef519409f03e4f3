using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs;
using VzDump.Jobs.Imports;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;

namespace VzDump.Tests.Victim;

/// <summary>The product without its pages: engine, queue, schedules and memory, as the dashboard's program has them. Told what to do line by line.</summary>
internal static class Service
{
    /// <summary>service DATAFOLDER LXCFOLDER; then on standard input <c>run VMID BWLIMIT</c>, <c>job VMID</c>, <c>off</c> or <c>import N</c> (dies before its n-th command to the database), each answered by a line.</summary>
    public static async Task RunAsync(string folder, string lxcFolder)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Engine:ProxmoxFolder"] = Path.Combine(folder, "no-proxmox-here"),
            ["Engine:NodeLock"] = Path.Combine(folder, "vzdump.lock"),
            ["Engine:LxcFolders:0"] = lxcFolder,
            ["Engine:SystemLogSocket"] = Path.Combine(folder, "no-system-log"),
        });
        builder.Services.AddLogging().AddEngine(folder).AddHostedService<Recovery>().AddJobs(new JobsOptions { DataFolder = folder });
        using var host = builder.Build();
        host.Services.GetRequiredService<EngineInstance>().Claim();
        await host.StartAsync();
        Console.WriteLine("READY");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine(await ObeyAsync(host.Services, line.Split(' ')));
        }

        await host.StopAsync();
    }

    private static async Task<string> ObeyAsync(IServiceProvider services, string[] order)
    {
        var jobs = services.GetRequiredService<BackupJobs>();
        switch (order)
        {
            case ["run", var guest, var limit]:
                return $"STARTED {await services.GetRequiredService<BackupRuns>().StartAsync(Job(guest, long.Parse(limit)), "test", CancellationToken.None)}";
            case ["job", var guest]:
                var draft = new JobDraft { Name = "every two seconds", Schedule = "*:*:0/2", Definition = Job(guest, 0) };
                return $"JOB {((SaveOutcome.Saved)await jobs.CreateAsync(draft, "test", CancellationToken.None)).Job.Id}";
            case ["import", var deadly]:
                using (DiagnosticListener.AllListeners.Subscribe(new DeadlyCommands(int.Parse(deadly))))
                {
                    var imports = services.GetRequiredService<JobImports>();
                    var outcome = await imports.ImportAsync((await imports.PreviewAsync(CancellationToken.None)).Candidates[0].Source, "test", CancellationToken.None);
                    return outcome.GetType().Name.ToUpperInvariant();
                }

            default:
                foreach (var job in await jobs.ListAsync(CancellationToken.None))
                {
                    await jobs.SetEnabledAsync(job.Id, enabled: false, "test", CancellationToken.None);
                }

                return "OFF";
        }
    }

    private static BackupJob Job(string guest, long limit) => new()
    {
        Selection = new GuestSelection.Ids([GuestId.Parse(guest)]),
        Settings = new BackupSettings { Mode = BackupMode.Stop, BandwidthLimitKiB = limit },
    };

    private sealed class Recovery(BackupEngine engine) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken) => await engine.RecoverAsync(stoppingToken);
    }
}
