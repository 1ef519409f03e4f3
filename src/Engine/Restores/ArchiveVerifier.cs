using System.Security.Cryptography;
using System.Text;
using VzDump.Engine.Archives;
using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Restores;

/// <summary>Reads an archive once, from beginning to end, and says whether a guest would come back from it. Writes nothing.</summary>
public sealed class ArchiveVerifier(Decompressor decompressor, TimeProvider time)
{
    private const int DrainBytes = 1024 * 1024;
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(250);

    /// <param name="progress">Told a few times a second, and at the end.</param>
    /// <exception cref="ProblemException">The archive cannot be opened, or a program for reading it is missing.</exception>
    public async Task<ArchiveVerdict> VerifyAsync(string path, IProgress<CheckProgress>? progress, CancellationToken cancellation)
    {
        if (!ArchiveName.IsArchive(Path.GetFileName(path)))
        {
            throw new ProblemException($"'{path}' is no archive of a guest.");
        }

        var began = time.GetTimestamp();
        var (expected, unreadable) = await ExpectedAsync(path, cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (read, told, total) = (0L, began, new FileInfo(path) is { Exists: true } file ? file.Length : 0);
        await using var input = decompressor.Open(path, bytes =>
        {
            hash.AppendData(bytes.Span);
            read += bytes.Length;
            if (time.GetElapsedTime(told) >= TellEvery)
            {
                told = time.GetTimestamp();
                progress?.Report(new CheckProgress(read, total));
            }
        });
        var content = await ContentAsync(path, input, cancellation);
        await input.ReadRestAsync(cancellation);
        progress?.Report(new CheckProgress(read, total));
        return new ArchiveVerdict(path, [Digest(expected, unreadable, hash), .. content.Parts], read, content.Bytes, time.GetElapsedTime(began));
    }

    private static async Task<(string? Digest, string? Unreadable)> ExpectedAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return (await ArchiveDigest.ReadAsync(path, cancellation), null);
        }
        catch (ProblemException problem)
        {
            return (null, problem.Message);
        }
    }

    private static CheckedPart Digest(string? expected, string? unreadable, IncrementalHash hash)
    {
        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        return expected is null
            ? new CheckedPart(ArchivePart.Digest, unreadable is null ? PartState.NotChecked : PartState.Bad, unreadable ?? "There is no digest beside the archive (.sha256): whether its data is as it was written cannot be told.")
            : expected == actual
                ? new CheckedPart(ArchivePart.Digest, PartState.Sound, $"The file is as it was written (SHA-256 {actual}).")
                : new CheckedPart(ArchivePart.Digest, PartState.Bad, $"The file is not as it was written: its SHA-256 is {actual}, and the digest beside it says {expected}. It was damaged or changed since.");
    }

    private static async Task<(IReadOnlyList<CheckedPart> Parts, long Bytes)> ContentAsync(string path, DecompressedInput input, CancellationToken cancellation)
    {
        var (structure, configuration, bytes) = (default(CheckedPart), default(CheckedPart), 0L);
        try
        {
            (structure, configuration, bytes) = ArchiveName.KindOf(Path.GetFileName(path)) is GuestKind.Qemu
                ? await MachineAsync(input.Output, cancellation)
                : await ContainerAsync(input.Output, cancellation);
        }
        catch (Exception error) when (error is VmaFormatException or InvalidDataException)
        {
            structure = new CheckedPart(ArchivePart.Structure, PartState.Bad, error.Message);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            structure = new CheckedPart(ArchivePart.Structure, PartState.Bad, $"It cannot be read to its end: {error.Message}");
        }

        return ([await CompressionAsync(path, input, cancellation), structure, configuration ?? new CheckedPart(ArchivePart.Configuration, PartState.NotChecked, "It was not reached.")], bytes);
    }

    // To its end also after the structure broke: which of both is damaged tells what has happened to the file.
    private static async Task<CheckedPart> CompressionAsync(string path, DecompressedInput input, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[DrainBytes];
            while (await input.Output.ReadAsync(buffer, cancellation) > 0)
            {
            }

            await input.FinishAsync(cancellation);
            return new CheckedPart(ArchivePart.Compression, PartState.Sound, Path.GetExtension(path) is ".tar" or ".vma" ? "It is not compressed." : "All of it could be decompressed.");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return new CheckedPart(ArchivePart.Compression, PartState.Bad, error.Message);
        }
    }

    private static async Task<(CheckedPart Structure, CheckedPart Configuration, long Bytes)> MachineAsync(Stream archive, CancellationToken cancellation)
    {
        var reader = await VmaReader.OpenAsync(archive, cancellation);
        var summary = await reader.VerifyAsync(done: null, cancellation);
        var structure = new CheckedPart(ArchivePart.Structure, PartState.Sound, $"All {reader.Header.Devices.Count} disks are complete, {summary.DeviceBytes} bytes.");
        if (reader.Header.Configs.FirstOrDefault(config => config.Name == "qemu-server.conf") is not { } found)
        {
            return (structure, new CheckedPart(ArchivePart.Configuration, PartState.Bad, "There is no configuration of a machine (qemu-server.conf)."), summary.ArchiveBytes);
        }

        try
        {
            var text = Encoding.UTF8.GetString(found.Data.Span);
            var config = GuestConfig.Parse(text);
            var missing = DriveMap.Of(text, reader.Header.Devices).FirstOrDefault(drive => config.Value(drive.Key) is null);
            return (structure, missing is null ? Fits() : new CheckedPart(ArchivePart.Configuration, PartState.Bad, $"It has no drive for the disk {missing.Key}."), summary.ArchiveBytes);
        }
        catch (ProblemException problem)
        {
            return (structure, new CheckedPart(ArchivePart.Configuration, PartState.Bad, problem.Message), summary.ArchiveBytes);
        }
    }

    private static async Task<(CheckedPart Structure, CheckedPart Configuration, long Bytes)> ContainerAsync(Stream archive, CancellationToken cancellation)
    {
        var walk = new TarWalk(archive);
        await walk.RunAsync(cancellation);
        return (
            new CheckedPart(ArchivePart.Structure, PartState.Sound, $"All {walk.Members} members are complete, {walk.Bytes} bytes."),
            !walk.Configs.TryGetValue("pct.conf", out var config) ? new CheckedPart(ArchivePart.Configuration, PartState.Bad, "There is no configuration of a container (etc/vzdump/pct.conf).")
                : GuestConfig.Parse(config).Entries.Any() ? Fits()
                : new CheckedPart(ArchivePart.Configuration, PartState.Bad, "The container's configuration holds nothing that can be understood."),
            walk.Bytes);
    }

    private static CheckedPart Fits() => new(ArchivePart.Configuration, PartState.Sound, "The guest's configuration is there and fits the data.");
}
