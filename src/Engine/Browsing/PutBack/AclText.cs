using System.Globalization;
using System.Text;

namespace VzDump.Engine.Browsing.PutBack;

/// <summary>
/// Access control lists as GNU tar writes them, with this host's names (<c>user:games:r--</c>), get the numbers behind them that bsdtar reads:
/// in a container the same name may be another user.
/// </summary>
internal sealed class AclText(Func<string, long?> findUser, Func<string, long?> findGroup)
{
    private static ReadOnlySpan<byte> Key => "SCHILY.acl."u8;

    /// <summary>By the host's users and groups.</summary>
    public static AclText OfHost() => new(name => Find("/etc/passwd", name), name => Find("/etc/group", name));

    /// <summary>Entries for users and groups of no known number, which were left out.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The records of an extended header; as they were when none is about access.</summary>
    /// <exception cref="InvalidDataException">They are none.</exception>
    public byte[] Rewrite(byte[] records)
    {
        if (records.AsSpan().IndexOf(Key) < 0)
        {
            return records;
        }

        var written = new MemoryStream(records.Length + 64);
        for (var rest = records.AsSpan(); !rest.IsEmpty;)
        {
            // e.g. 79 SCHILY.acl.access=user::rw-\nuser:games:r--\n…
            if (rest.IndexOf((byte)' ') is not (> 0 and var space) || !int.TryParse(rest[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length <= space || length > rest.Length)
            {
                throw new InvalidDataException("The archive is damaged: an extended header is none.");
            }

            var record = rest[(space + 1)..length];
            if (record.StartsWith(Key) && record.IndexOf((byte)'=') is > 0 and var equals)
            {
                var value = Encoding.UTF8.GetString(record[(equals + 1)..]).TrimEnd('\n');
                Write(written, record[..(equals + 1)], Encoding.UTF8.GetBytes(string.Join('\n', value.Split('\n', ',').Select(Number).OfType<string>())));
            }
            else
            {
                written.Write(rest[..length]);
            }

            rest = rest[length..];
        }

        return written.ToArray();
    }

    // The length counts its own digits.
    private static void Write(MemoryStream written, ReadOnlySpan<byte> key, byte[] value)
    {
        var content = key.Length + value.Length + 2;
        var length = content + 1;
        while (length != content + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length = content + length.ToString(CultureInfo.InvariantCulture).Length;
        }

        written.Write(Encoding.ASCII.GetBytes($"{length} "));
        written.Write(key);
        written.Write(value);
        written.WriteByte((byte)'\n');
    }

    // Null for one that is left out.
    private string? Number(string line)
    {
        var parts = line.Split('#')[0].Trim().Split(':');
        if (parts is not [var kind, { Length: > 0 } name, var rights, ..])
        {
            return line;
        }

        var id = long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : kind is "user" or "u" ? findUser(name)
            : findGroup(name);
        if (id is null)
        {
            LeftOut++;
            return null;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{kind}:{id}:{rights}:{id}");
    }

    // e.g. games:x:5:60:games:/usr/games:/usr/sbin/nologin
    private static long? Find(string file, string name) => File.ReadLines(file).Select(line => line.Split(':'))
        .FirstOrDefault(parts => parts.Length > 2 && parts[0] == name) is { } found && long.TryParse(found[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}
