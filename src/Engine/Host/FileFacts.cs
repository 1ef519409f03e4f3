using System.Buffers.Binary;

namespace VzDump.Engine.Host;

/// <summary>What the kernel says of a file or folder.</summary>
/// <param name="Inode">Its number on its file system.</param>
/// <param name="Device">The file system, as <c>major:minor</c>.</param>
/// <param name="Mode">Permission bits.</param>
internal readonly record struct FileFacts(long Inode, string Device, int Mode)
{
    private const long RootOfSubvolume = 256;

    /// <summary>Null when it is not there or cannot be looked at.</summary>
    public static FileFacts? Of(string path)
    {
        const int currentFolder = -100;
        const uint basicStats = 0x7ff;
        Span<byte> facts = stackalloc byte[256]; // struct statx
        return LinuxCalls.Statx(currentFolder, path, 0, basicStats, facts) != 0
            ? null
            : new FileFacts(
                BinaryPrimitives.ReadInt64LittleEndian(facts[32..]),
                FormattableString.Invariant($"{BinaryPrimitives.ReadUInt32LittleEndian(facts[136..])}:{BinaryPrimitives.ReadUInt32LittleEndian(facts[140..])}"),
                BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]) & 0xfff);
    }

    /// <summary>Whether a folder is a subvolume of btrfs.</summary>
    public static bool IsSubvolume(string folder) => MountTable.FileSystemOf(folder) is "btrfs" && Of(folder)?.Inode == RootOfSubvolume;

    /// <summary>Whether everybody may pass all folders down to this one.</summary>
    public static bool IsOpenToAll(string folder)
    {
        for (var path = Path.GetFullPath(folder); path is not null; path = Path.GetDirectoryName(path))
        {
            if (Of(path) is not { } facts || (facts.Mode & 1) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
