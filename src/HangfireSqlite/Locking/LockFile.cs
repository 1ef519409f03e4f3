using System.Security.Cryptography;
using System.Text;

namespace VzDump.HangfireSqlite.Locking;

/// <summary>
/// A file whose bytes are locked, never written. The system frees a process's locks when it dies, however it dies, so that nothing has to
/// be guessed from old times.
/// </summary>
internal sealed class LockFile : IDisposable
{
    /// <summary>The place of whoever opens the database.</summary>
    public const long Opening = 0;

    private const long Instances = 1L << 32;
    private const long ResourceNames = 1L << 62;

    // POSIX frees all locks of a process on a file when that process closes any handle of it, and does not keep two handles of one process
    // apart. So there is one handle a file and process: the only reason for these statics.
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, LockFile> Opened = new(StringComparer.Ordinal);

    private readonly HashSet<long> _held = [];
    private readonly string _path;
    private readonly FileStream _file;
    private int _users;

    private LockFile(string path)
    {
        _path = path;
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Resources = new ResourceLocks(this);
    }

    /// <summary>Locks with owners that are waited for.</summary>
    public ResourceLocks Resources { get; }

    public static long OfInstance(long number) => Instances + number;

    /// <summary>The place of a resource's name. Two names with one place would exclude each other for nothing; with 61 bits none do.</summary>
    public static long OfResource(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return ResourceNames + (BitConverter.ToInt64(hash) & (ResourceNames / 2 - 1));
    }

    /// <summary>The file as this process uses it, by a path without links. Each user disposes it once.</summary>
    public static LockFile Open(string path)
    {
        lock (Gate)
        {
            if (!Opened.TryGetValue(path, out var file))
            {
                Opened.Add(path, file = new LockFile(path));
            }

            file._users++;
            return file;
        }
    }

    /// <summary>Locks a place without waiting; false when somebody has it, in this process or another.</summary>
    public bool TryHold(long place)
    {
        lock (_held)
        {
            if (!_held.Add(place))
            {
                return false;
            }

            try
            {
                _file.Lock(place, 1);
                return true;
            }
            catch (IOException)
            {
                _held.Remove(place);
                return false;
            }
        }
    }

    public void Release(long place)
    {
        lock (_held)
        {
            if (_held.Remove(place))
            {
                _file.Unlock(place, 1);
            }
        }
    }

    /// <summary>Whether somebody has a place. Two who ask at the same moment may each take the other for its owner.</summary>
    public bool IsHeld(long place)
    {
        if (!TryHold(place))
        {
            return true;
        }

        Release(place);
        return false;
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (--_users == 0)
            {
                Opened.Remove(_path);
                _file.Dispose();
            }
        }
    }
}
