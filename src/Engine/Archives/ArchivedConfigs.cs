using System.Formats.Tar;
using System.Text;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives;

/// <summary>The configurations that an archive begins with.</summary>
/// <param name="Config">The guest's, in Proxmox VE's format.</param>
/// <param name="Firewall">Null when it has none.</param>
/// <param name="Native">That of a plain LXC container in LXC's own words; null for others.</param>
public sealed record ArchivedConfigs(string Config, string? Firewall, string? Native)
{
    /// <summary>The disks of a machine's archive; none in a container's.</summary>
    public IReadOnlyList<VmaDevice> Devices { get; init; } = [];
}

/// <summary>Reads configurations out of archives, and no more of them than it needs.</summary>
public sealed class ArchiveConfigReader(Decompressor decompressor)
{
    private const int MostMembers = 16; // vzdump and we put them first
    private const int LongestConfig = 1024 * 1024;
    private const int MostBytes = 80 * 1024 * 1024; // the largest header of a VMA archive, and some
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1); // a hostile archive may begin with terabytes of nothing

    /// <exception cref="ProblemException">It is no archive of a guest, or a damaged one.</exception>
    public async Task<ArchivedConfigs> ReadAsync(string path, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        await using var input = decompressor.Open(path);
        await using var head = new StreamHead(input.Output, MostBytes);
        try
        {
            return ArchiveName.KindOf(Path.GetFileName(path)) is GuestKind.Qemu
                ? await ReadVmaAsync(head, either.Token)
                : await ReadTarAsync(head, either.Token);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new ProblemException($"The archive '{path}' gave no configuration within {Limit.TotalSeconds:0} seconds.", late);
        }
        catch (Exception error) when (error is VmaFormatException or InvalidDataException or EndOfStreamException or FormatException or IOException)
        {
            throw new ProblemException($"The archive '{path}' is damaged or none: {error.Message}", error);
        }
    }

    private static async Task<ArchivedConfigs> ReadVmaAsync(Stream stream, CancellationToken cancellation)
    {
        var header = (await VmaReader.OpenAsync(stream, cancellation)).Header;
        return new ArchivedConfigs(
            Text("qemu-server.conf") ?? throw new ProblemException("The archive holds no configuration of a virtual machine (qemu-server.conf)."),
            Text("qemu-server.fw"),
            Native: null)
        {
            Devices = header.Devices,
        };

        string? Text(string name) => header.Configs.FirstOrDefault(config => config.Name == name) is { } found ? Encoding.UTF8.GetString(found.Data.Span) : null;
    }

    private static async Task<ArchivedConfigs> ReadTarAsync(Stream stream, CancellationToken cancellation)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var tar = new TarReader(stream, leaveOpen: true);
        for (var member = 0; member < MostMembers && await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry; member++)
        {
            // e.g. ./etc/vzdump/pct.conf; what comes after them is the container itself
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (!name.StartsWith("etc/vzdump/", StringComparison.Ordinal))
            {
                break;
            }

            if (entry.DataStream is { } data && entry.Length <= LongestConfig)
            {
                var bytes = new byte[entry.Length];
                await data.ReadExactlyAsync(bytes, cancellation);
                found.TryAdd(name["etc/vzdump/".Length..], Encoding.UTF8.GetString(bytes));
            }
        }

        return new ArchivedConfigs(
            found.GetValueOrDefault("pct.conf") ?? throw new ProblemException("The archive does not begin with the configuration of a container (etc/vzdump/pct.conf)."),
            found.GetValueOrDefault("pct.fw"),
            found.GetValueOrDefault("lxc.conf"));
    }
}
