using Microsoft.Extensions.Logging;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>What every run works with.</summary>
internal sealed record BackupRuntime(
    NodePaths Paths,
    GuestInventory Inventory,
    RunPlanner Planner,
    StorageActivation Storages,
    FolderListing Folders,
    BackupDefaults Defaults,
    HostPrograms Programs,
    Compressor Compressor,
    ArchiveWriting Writing,
    UnfinishedTasks Unfinished,
    GuestReturn GuestReturn,
    BackupRecovery Recovery,
    SystemLog SystemLog,
    TimeProvider Time,
    ILogger<BackupEngine> Logger);
