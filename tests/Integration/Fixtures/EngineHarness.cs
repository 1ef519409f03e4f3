using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;
using VzDump.Engine.Samples;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>An engine on a data folder of its own, with a lock of its own, so that tests do not wait for one another.</summary>
public sealed class EngineHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="proxmoxFolder">Makes the host a node of Proxmox VE, with its configuration there.</param>
    /// <param name="programs">In place of the host's own.</param>
    public EngineHarness(string? folder = null, string? lxcFolder = null, string? systemLog = null, string? proxmoxFolder = null, HostPrograms? programs = null, TimeSpan? storageAnswerLimit = null)
    {
        Folder = folder ?? Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        // The tests' containers are looked for here, not among the host's.
        LxcFolder = lxcFolder ?? Path.Combine(Folder, "lxc-native");
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Engine:ProxmoxFolder"] = proxmoxFolder ?? Path.Combine(Folder, "no-proxmox-here"),
                ["Engine:LogFolder"] = proxmoxFolder is null ? null : Path.Combine(Folder, "log"),
                ["Engine:NodeLock"] = Path.Combine(Folder, "vzdump.lock"),
                ["Engine:LxcFolders:0"] = LxcFolder,
                ["Engine:QemuRunFolder"] = Path.Combine(Folder, "run"),
                ["Engine:SystemLogSocket"] = systemLog ?? Path.Combine(Folder, "no-system-log"),
                ["Engine:TrialWatch"] = "00:00:04",
                ["Engine:TrialAgentLimit"] = "00:00:40",
                ["Engine:ShutdownWatch"] = "00:00:08",
                ["Engine:StorageAnswerLimit"] = $"{storageAnswerLimit ?? TimeSpan.FromMinutes(1):c}",
            }).Build())
            .AddLogging()
            .AddEngine(Folder);
        if (programs is not null)
        {
            services.AddSingleton(programs);
        }

        _services = services.BuildServiceProvider(validateScopes: true);
    }

    public string Folder { get; }

    public string LxcFolder { get; }

    public string Dump => Path.Combine(Folder, "storage", "local", "dump");

    public BackupEngine Engine => Get<BackupEngine>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task MakeSamplesAsync() => Get<SampleGuests>().MakeOnFirstStartAsync(TestContext.Current.CancellationToken);

    public async Task<(RunResult Result, EventList Events)> BackUpAsync(BackupSettings settings, params int[] guests)
    {
        var events = new EventList();
        var result = await Engine.RunAsync(JobOf(settings, guests), events, TestContext.Current.CancellationToken);
        return (result, events);
    }

    public static BackupJob JobOf(BackupSettings settings, params int[] guests) =>
        new() { Selection = new GuestSelection.Ids([.. guests.Select(id => GuestId.Parse($"{id}"))]), Settings = settings };

    public static BackupSettings Stop(CompressionKind compress) => new() { Mode = BackupMode.Stop, Compress = compress };

    /// <summary>Everything in the dump folder that is neither archive nor log.</summary>
    public IEnumerable<string> Leftovers() => Directory.EnumerateFileSystemEntries(Dump).Where(path => path.EndsWith(".dat", StringComparison.Ordinal) || path.EndsWith(".tmp", StringComparison.Ordinal))
        .Concat(Directory.Exists(Path.Combine(Folder, "unfinished")) ? Directory.EnumerateFiles(Path.Combine(Folder, "unfinished")) : []);

    /// <summary>Makes a program that does more before and after it does what the host's does; the folder in which it is.</summary>
    /// <param name="after">A script, in which <c>$code</c> is how the host's ended.</param>
    public string SlowProgram(string name, string before, string after)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "slow")).FullName;
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{before}\n{new HostPrograms().Require(name)} \"$@\"\ncode=$?\n{after}\nexit $code\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return folder;
    }

    /// <summary>Notes of restores that are not over.</summary>
    public IEnumerable<string> RestoreLeftovers() => Directory.Exists(Path.Combine(Folder, "unfinished", "restores")) ? Directory.EnumerateFiles(Path.Combine(Folder, "unfinished", "restores")) : [];

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
