using VzDump.Engine.Archives;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Restores virtual machines from VMA archives.</summary>
internal sealed class MachineRestorer(NodePaths paths) : IGuestRestorer
{
    private const string DefaultStorage = "local";

    public GuestKind Kind => GuestKind.Qemu;

    public async Task<RestorePlan> PlanAsync(RestoreRequest request, ArchivedConfigs archived, Guest? existing, CancellationToken cancellation)
    {
        CheckName(request.Name);
        var drives = DriveMap.Of(archived.Config, archived.Devices);
        var storages = await StorageConfig.ReadAsync(paths.StorageConfig, cancellation);
        var (replaced, old) = ("", ReplacedVolumes.None);
        if (existing is not null)
        {
            replaced = await ConfigText.ReadAsync(existing.ConfigPath, cancellation);
            if (GuestConfig.Parse(replaced).Value("protection") == "1")
            {
                throw new ProblemException($"{existing.Name} ({existing.Id}) is protected against removal. Take the protection off first, or restore to another VMID.");
            }

            old = ReplacedVolumes.Of(replaced, existing.Id, drives.Select(drive => drive.Key).ToHashSet(StringComparer.Ordinal), storages, await OtherConfigsAsync(existing, cancellation));
        }

        // A name that the old configuration uses is taken even when its file is lost: by the names in a configuration it is known whose turn it is.
        var taken = old.Named.Select(path => new NewVolume("", "", path, VolumeForm.RawImage, 0)).ToList();
        var volumes = new Dictionary<string, NewVolume>(StringComparer.Ordinal);
        var warnings = new List<string>();
        foreach (var drive in drives)
        {
            var form = drive.FormOf(request.DiskForm);
            if (request.DiskForm is null && drive.Format is not ("" or "raw") && form is VolumeForm.RawImage)
            {
                warnings.Add($"The disk {drive.Key} was in the format {drive.Format}; it becomes a raw image.");
            }

            volumes[drive.Key] = VolumeFiles.Plan(StorageFor(drive), request.Target, drive.Key, form, drive.Device.Size, volumes.Values.Concat(taken));
        }

        var (made, more) = new MachineConfig(request, volumes, replaced, old.Kept, new MachineDisc(storages, request.Target)).Make(archived.Config);
        return new RestorePlan
        {
            Request = request,
            Kind = Kind,
            Name = GuestConfig.Parse(made).Value("name") ?? $"VM {request.Target}",
            Config = made,
            ConfigPath = existing?.ConfigPath ?? Path.Combine(paths.QemuFolder, $"{request.Target}.conf"),
            Firewall = archived.Firewall,
            Volumes = [.. volumes.Values],
            Replaces = existing,
            Removes = old.Removes,
            Warnings = [.. warnings, .. more],
        };

        StorageDefinition StorageFor(MappedDrive drive) =>
            request.StorageOf.TryGetValue(drive.Key, out var chosen) ? storages.Find(chosen)
            : request.Storage is { } all ? storages.Find(all)
            : storages.Storages.FirstOrDefault(storage => storage.Name == drive.Storage) ?? storages.Find(DefaultStorage);
    }

    public LxcName? ReservationOf(RestorePlan plan) => null;

    public Task<bool> IsNumberedAsync(RestorePlan plan, CancellationToken cancellation) => Task.FromResult(false);

    public Task ReserveAsync(RestorePlan plan, CancellationToken cancellation) => Task.CompletedTask;

    public async Task FillAsync(RestorePlan plan, Stream archive, ITaskLog log, CancellationToken cancellation)
    {
        try
        {
            var reader = await VmaReader.OpenAsync(archive, cancellation);
            using var images = new MachineImages(plan.Volumes, reader.Header);
            var summary = await reader.ExtractAsync(images.TargetOf, done: null, cancellation);
            images.Finish();
            log.Info($"restored {plan.Volumes.Count} disk{(plan.Volumes.Count == 1 ? "" : "s")}, {summary.DeviceBytes} bytes, {summary.ZeroBytes} of them zero and not written");
        }
        catch (VmaFormatException error)
        {
            throw new ProblemException($"The archive is damaged or incomplete: {error.Message}", error);
        }
    }

    private static void CheckName(string? name)
    {
        // A host name, as Proxmox VE wants it.
        if (name is not null && !(name.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.')))
        {
            throw new ProblemException($"'{name}' is no name for a machine: letters, digits, '-' and '.' are allowed. Give another one.");
        }
    }

    // On Proxmox VE those of the other nodes too: they may share a storage.
    private async Task<IReadOnlyList<string>> OtherConfigsAsync(Guest guest, CancellationToken cancellation)
    {
        var nodes = Path.Combine(Path.GetDirectoryName(paths.QemuFolder)!, "nodes");
        var folders = (Directory.Exists(nodes) ? Directory.EnumerateDirectories(nodes).SelectMany(node => (string[])[Path.Combine(node, "qemu-server"), Path.Combine(node, "lxc")]) : [])
            .Append(paths.QemuFolder).Append(paths.LxcFolder).Where(Directory.Exists);
        var texts = new List<string>();
        foreach (var path in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.conf")).Where(path => Path.GetFileName(path) != Path.GetFileName(guest.ConfigPath)))
        {
            texts.Add(await ConfigText.ReadAsync(path, cancellation));
        }

        return texts;
    }
}
