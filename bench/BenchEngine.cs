using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;

namespace VzDump.Bench;

/// <summary>An engine of its own on the benchmark's folder.</summary>
internal sealed class BenchEngine : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public BenchEngine(BenchFolder folder) => _services = new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Engine:ProxmoxFolder"] = Path.Combine(folder.Path, "no-proxmox-here"),
            ["Engine:NodeLock"] = Path.Combine(folder.Path, "vzdump.lock"),
            ["Engine:LxcFolders:0"] = folder.Empty,
        }).Build())
        .AddLogging()
        .AddEngine(folder.Path)
        .BuildServiceProvider(validateScopes: true);

    /// <summary>A whole run for one stopped guest; answers the size of the archive.</summary>
    public async Task<long> BackUpAsync(int guest, BackupSettings settings, CancellationToken cancellation)
    {
        var job = new BackupJob
        {
            Selection = new GuestSelection.Ids([GuestId.Parse($"{guest}")]),
            Settings = settings with { Mode = BackupMode.Stop },
        };
        var result = await _services.GetRequiredService<BackupEngine>().RunAsync(job, new Deaf(), cancellation);
        return result.Tasks is [{ Outcome: TaskOutcome.Done done }]
            ? done.SizeBytes
            : throw new InvalidOperationException($"The engine's backup failed: {result.Error} {string.Join(' ', result.Tasks)}");
    }

    /// <summary>Checks an archive; answers its size.</summary>
    public async Task<long> VerifyAsync(string archive, CancellationToken cancellation)
    {
        var verdict = await _services.GetRequiredService<ArchiveVerifier>().VerifyAsync(archive, progress: null, cancellation);
        return verdict.IsSound ? verdict.FileBytes : throw new InvalidOperationException(string.Join(' ', verdict.Parts));
    }

    /// <summary>Restores to a VMID, over what an earlier run restored there; answers the size of the archive.</summary>
    public async Task<long> RestoreAsync(string archive, int guest, CancellationToken cancellation)
    {
        var engine = _services.GetRequiredService<RestoreEngine>();
        var plan = await engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse($"{guest}"), Replace = true }, cancellation);
        return await engine.RunAsync(plan, new Deaf(), cancellation) is TaskOutcome.Done done ? done.SizeBytes : throw new InvalidOperationException("The engine's restore failed.");
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class Deaf : IProgress<BackupEvent>
    {
        public void Report(BackupEvent value)
        {
        }
    }
}
