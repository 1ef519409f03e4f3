using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Tests.Engine.Storages;

/// <summary>A folder with a storage.cfg, and what reads it. Programs of the test stand before those of the host.</summary>
internal sealed class StorageFixture : IDisposable
{
    private readonly string _programs;

    public StorageFixture(TimeProvider? time = null)
    {
        _programs = Directory.CreateDirectory(Path.Combine(Folder, "programs")).FullName;
        Time = time ?? TimeProvider.System;
        var options = Options.Create(new EngineOptions { DataFolder = Folder, ProxmoxFolder = Path.Combine(Folder, "no-proxmox-here") });
        var programs = new HostPrograms([_programs, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
        var access = new BoundedAccess(programs, options.Value.StorageAnswerLimit, TimeProvider.System);
        Paths = new NodePaths(options);
        Activation = new StorageActivation(Paths, programs, access, options, Time);
        Inventory = new StorageInventory(Paths, Activation, Time);
        Folders = new FolderListing(access);
        Catalogue = new ArchiveCatalogue(Paths, Activation, access, Folders, new ArchiveConfigReader(new Decompressor(programs)), Time);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("vzdump-storage-").FullName;

    public TimeProvider Time { get; }

    public NodePaths Paths { get; }

    public StorageActivation Activation { get; }

    public StorageInventory Inventory { get; }

    public FolderListing Folders { get; }

    public ArchiveCatalogue Catalogue { get; }

    /// <summary>Command lines that the test's programs were called with.</summary>
    public IReadOnlyList<string> Calls => File.Exists(CallFile) ? File.ReadAllLines(CallFile) : [];

    private string CallFile => Path.Combine(Folder, "calls");

    public void Write(string storages) => File.WriteAllText(Path.Combine(Folder, "storage.cfg"), storages);

    /// <summary>A program that notes how it was called and then does what the script says.</summary>
    public void Record(string program, string script)
    {
        var path = Path.Combine(_programs, program);
        File.WriteAllText(path, $"#!/bin/sh\necho \"{program} $*\" >> '{CallFile}'\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public static StorageDefinition Storage(string type, params (string Key, string Value)[] properties) =>
        new(new ConfigSection(type, "nas", properties.Append(("content", "backup")).ToDictionary()));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
