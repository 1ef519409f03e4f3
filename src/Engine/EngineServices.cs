using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using VzDump.Engine.Archives;
using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Backups;
using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.Disks;
using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Guests.Qemu;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Host;
using VzDump.Engine.Notifications;
using VzDump.Engine.Restores;
using VzDump.Engine.Restores.Uploads;
using VzDump.Engine.Samples;
using VzDump.Engine.Storages;

namespace VzDump.Engine;

public static class EngineServices
{
    extension(IServiceCollection services)
    {
        /// <summary>The engine, with its options from the section <c>Engine</c>; <paramref name="dataFolder"/> is its own folder.</summary>
        public IServiceCollection AddEngine(string dataFolder)
        {
            services.AddOptions<EngineOptions>().BindConfiguration("Engine").Configure(options => options.DataFolder = dataFolder).ValidateDataAnnotations().ValidateOnStart();
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<NodePaths>();
            services.AddSingleton<ConfigFiles>();
            services.AddSingleton<ClusterGuests>();
            services.AddSingleton(new HostPrograms());
            services.AddSingleton(provider => new SystemLog(provider.GetRequiredService<IOptions<EngineOptions>>().Value.SystemLogSocket, provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<LxcControl>();
            services.AddSingleton<NativeContainers>();
            services.AddSingleton<ContainerVolumes>();
            services.AddSingleton<ContainerSnapshots>();
            services.AddSingleton<IGuestDriver, LxcDriver>();
            services.AddSingleton<MachineFiles>();
            services.AddSingleton<QemuMonitor>();
            services.AddSingleton<MachineVolumes>();
            services.AddSingleton<PlainMachines>();
            services.AddSingleton<ProxmoxMachines>();
            services.AddSingleton<IMachineHost>(provider => provider.GetRequiredService<NodePaths>().IsProxmox ? provider.GetRequiredService<ProxmoxMachines>() : provider.GetRequiredService<PlainMachines>());
            services.AddSingleton<IGuestDriver, QemuDriver>();
            services.AddSingleton<GuestInventory>();
            services.AddSingleton(provider => new BoundedAccess(provider.GetRequiredService<HostPrograms>(), provider.GetRequiredService<IOptions<EngineOptions>>().Value.StorageAnswerLimit, provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<StorageActivation>();
            services.AddSingleton<StorageInventory>();
            services.AddSingleton<FolderListing>();
            services.AddSingleton<ArchiveCatalogue>();
            services.AddSingleton<SampleGuests>();
            services.AddSingleton<Compressor>();
            services.AddSingleton<Decompressor>();
            services.AddSingleton<TarArchiver>();
            services.AddSingleton<TreeSize>();
            services.AddSingleton<VmaArchiver>();
            services.AddSingleton<ArchiveWriting>();
            services.AddSingleton<BackupDefaults>();
            services.AddSingleton<DatacenterConfig>();
            services.AddSingleton<NotificationRules>();
            services.AddSingleton<UnfinishedTasks>();
            services.AddSingleton<GuestReturn>();
            services.AddSingleton<BackupRecovery>();
            services.AddSingleton<RunPlanner>();
            services.AddSingleton<EngineInstance>();
            services.AddSingleton<ArchiveConfigReader>();
            services.AddSingleton<VolumeFiles>();
            services.AddSingleton<UnfinishedRestores>();
            services.AddSingleton<IGuestTrial, ContainerTrial>();
            services.AddSingleton<IGuestTrial, MachineTrial>();
            services.AddSingleton<TrialEnd>();
            services.AddSingleton<RestoreRecovery>();
            services.AddSingleton<BusyGuests>();
            services.AddSingleton<ContainerUnpacking>();
            services.AddSingleton<IGuestRestorer, ContainerRestorer>();
            services.AddSingleton<IGuestRestorer, MachineRestorer>();
            services.AddSingleton<ArchiveVerifier>();
            services.AddSingleton<ArchiveCheck>();
            services.AddSingleton<ArchiveUploads>();
            services.AddSingleton<ArchiveReadings>();
            services.AddSingleton<ArchiveTrees>();
            services.AddSingleton<ContainerRoots>();
            services.AddSingleton<PutBackRuntime>();
            services.AddSingleton(provider => new PutBackEngine(provider.GetRequiredService<PutBackRuntime>()));
            services.AddSingleton<DiskImages>();
            services.AddSingleton<DiskFiles>();
            services.AddSingleton<ArchivedFiles>();
            services.AddSingleton<RestoreRuntime>();
            services.AddSingleton(provider => new RestoreEngine(provider.GetRequiredService<RestoreRuntime>()));
            services.AddSingleton<TrialPlanner>();
            services.AddSingleton(provider => new RestoreTrial(provider.GetRequiredService<RestoreRuntime>(), provider.GetRequiredService<TrialPlanner>(), provider.GetServices<IGuestTrial>()));
            services.AddSingleton<BackupRuntime>();
            // Its constructor is the engine's own affair, so the container cannot find it.
            services.AddSingleton(provider => new BackupEngine(provider.GetRequiredService<BackupRuntime>()));
            return services;
        }
    }
}
