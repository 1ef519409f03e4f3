using System.Text;
using VzDump.Engine.Archives.Tar;

namespace VzDump.Engine.Browsing.PutBack;

/// <summary>Passes chosen members on to who unpacks them in a container, without what has no place there.</summary>
internal sealed class PutBackStream(TarMembers members, AclText access)
{
    private const int CopyBytes = 256 * 1024;
    private static readonly byte[] Zeros = new byte[2 * TarHeader.Block];

    // Folders that belong to the kernel in a container that runs, and the configurations that vzdump adds to an archive.
    private static readonly string[] LeftOutBelow = ["proc", "sys", "dev"];
    private static readonly string[] LeftOutFiles = ["etc/vzdump/pct.conf", "etc/vzdump/pct.fw", "etc/vzdump/lxc.conf"];

    public long Files { get; private set; }

    /// <summary>Of their contents, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Each one that is left out, and why.</summary>
    public required Action<MemberPath, string> LeaveOut { get; init; }

    /// <summary>Each one that goes.</summary>
    public required Action<MemberPath> Begin { get; init; }

    /// <exception cref="InvalidDataException">The archive is damaged; what came before has gone.</exception>
    public async Task WriteAsync(Stream destination, CancellationToken cancellation)
    {
        var buffer = new byte[CopyBytes];
        while (await members.NextAsync(cancellation) is { } member)
        {
            if (MemberPath.Of(member.Path) is not { IsRoot: false } path || WhyNot(path, member) is { } why && Refuse(path, why))
            {
                continue;
            }

            Begin(path);
            foreach (var header in member.Headers)
            {
                await WriteAsync(destination, header, cancellation);
            }

            var passed = 0L;
            for (int count; (count = await members.ReadAsync(buffer, cancellation)) > 0; passed += count)
            {
                await destination.WriteAsync(buffer.AsMemory(0, count), cancellation);
                Bytes += count;
            }

            await destination.WriteAsync(Zeros.AsMemory(0, (int)(TarHeader.RoundUp(passed) - passed)), cancellation);
            Files++;
        }

        await destination.WriteAsync(Zeros, cancellation);
    }

    private bool Refuse(MemberPath path, string why)
    {
        LeaveOut(path, why);
        return true;
    }

    private static string? WhyNot(MemberPath path, TarMember member)
    {
        var text = path.ToString();
        return member.Type is '3' or '4' ? "it is a device"
            : LeftOutBelow.Any(folder => text.StartsWith(folder + "/", StringComparison.Ordinal)) ? "the kernel makes what is there"
            : LeftOutFiles.Contains(text) ? "it belongs to the archive"
            : null;
    }

    private async Task WriteAsync(Stream destination, TarHeaderBytes header, CancellationToken cancellation)
    {
        var content = (char)header.Block[156] is 'x' ? access.Rewrite(header.Content) : header.Content;
        await destination.WriteAsync(content.Length == header.Content.Length ? header.Block : WithSize(header.Block, content.Length), cancellation);
        await destination.WriteAsync(content, cancellation);
        await destination.WriteAsync(Zeros.AsMemory(0, (int)(TarHeader.RoundUp(content.Length) - content.Length)), cancellation);
    }

    private static byte[] WithSize(byte[] block, int size)
    {
        var header = block.ToArray();
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0') + "\0").CopyTo(header, 124);
        "        "u8.CopyTo(header.AsSpan(148));
        var sum = header.Sum(letter => letter);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return header;
    }
}
