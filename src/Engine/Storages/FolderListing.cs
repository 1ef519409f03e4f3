using System.Buffers.Text;
using System.Text;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Storages;

/// <summary>Lists the folders of storages by a program with a time limit, so that a storage that does not answer holds nobody up.</summary>
public sealed class FolderListing(BoundedAccess access)
{
    // Names are bytes here; in another language each would be read as letters first, which takes longer than all else.
    private static readonly Dictionary<string, string> PlainBytes = new(StringComparer.Ordinal) { ["LC_ALL"] = "C" };

    /// <summary>A guest's archives, without their notes, in no order.</summary>
    /// <exception cref="ProblemException">The folder does not answer or cannot be read.</exception>
    internal async Task<IReadOnlyList<Archive>> OfGuestAsync(BackupStorage storage, GuestKind kind, GuestId guest, TimeZoneInfo zone, CancellationToken cancellation)
    {
        var files = await FilesAsync(storage, $"vzdump-*-{guest}-*", cancellation);
        return [.. ArchiveFolder.Of(storage.Name ?? "", storage.Folder, files, _ => "", zone).Where(archive => archive.Guest == guest && archive.Kind == kind)];
    }

    /// <summary>The regular files of a storage's folder, by name. Links are left out: they could lead anywhere.</summary>
    /// <param name="names">A glob, e.g. <c>vzdump-*</c>.</param>
    /// <exception cref="ProblemException">The folder does not answer or cannot be read.</exception>
    internal async Task<Dictionary<string, FolderEntry>> FilesAsync(BackupStorage storage, string names, CancellationToken cancellation)
    {
        // Logs and protection marks count by their names alone; on a network each look at a file is a question to its server.
        var listing = await AskAsync(storage, "find", cancellation, storage.Folder + "/.",
            "-mindepth", "1", "-maxdepth", "1", "-name", names, "-type", "f",
            "(", "(", "-name", "*.log", "-o", "-name", "*.protected", "-o", "-name", "*.sha256", ")", "-printf", @"0\t0\t0\t%f\0",
            "-o", "-printf", @"%s\t%T@\t%i\t%f\0", ")");
        return listing.Exit.Succeeded || listing.Complaint.EndsWith("No such file or directory", StringComparison.Ordinal)
            ? Parse(listing.Output)
            : throw new ProblemException($"The archives of the {storage.DisplayName} cannot be read: {listing.Complaint}.");
    }

    /// <summary>Runs a program that touches the storage, in a language in which bytes are letters.</summary>
    internal Task<BoundedAccess.Answer> AskAsync(BackupStorage storage, string program, CancellationToken cancellation, params IReadOnlyList<string> arguments) =>
        access.AskAsync(storage.Place, new HostCommand(program, arguments) { Environment = PlainBytes }, cancellation);

    // e.g. 1234<tab>1755830407.1234567890<tab>4711<tab>vzdump-lxc-101-2026_08_22-03_00_00.tar.zst<NUL>
    private static Dictionary<string, FolderEntry> Parse(ReadOnlySpan<byte> output)
    {
        var files = new Dictionary<string, FolderEntry>(output.Length / 100, StringComparer.Ordinal);
        while (output.IndexOf((byte)0) is var end and >= 0)
        {
            if (Entry(output[..end]) is { } entry)
            {
                files[entry.Name] = entry;
            }

            output = output[(end + 1)..];
        }

        return files;
    }

    private static FolderEntry? Entry(ReadOnlySpan<byte> line)
    {
        var (afterSize, afterTime, afterInode) = (0, 0, 0);
        if (!Utf8Parser.TryParse(line, out long size, out var digits)
            || (afterSize = Tab(line, 0)) != digits + 1
            || (afterTime = Tab(line, afterSize)) == 0
            || (afterInode = Tab(line, afterTime)) == 0
            || !Utf8Parser.TryParse(line[afterSize..], out long modified, out _))
        {
            return null;
        }

        var name = Encoding.UTF8.GetString(line[afterInode..]);
        return afterInode - afterTime == "0\t".Length && line[afterTime] == '0'
            ? new FolderEntry(name, 0, default)
            : new FolderEntry(name, size, At(modified), Encoding.ASCII.GetString(line[..(afterInode - 1)]));
    }

    // 0 when there is no further one
    private static int Tab(ReadOnlySpan<byte> line, int from) => line[from..].IndexOf((byte)'\t') is var tab and >= 0 ? from + tab + 1 : 0;

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, -62_000_000_000, 250_000_000_000));
}
