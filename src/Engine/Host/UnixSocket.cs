using System.Net.Sockets;
using System.Text;

namespace VzDump.Engine.Host;

/// <summary>Sockets that are files.</summary>
internal static class UnixSocket
{
    // The kernel's limit, less the closing zero.
    private const int LongestPath = 107;

    /// <exception cref="ProblemException">The path is too long for a socket.</exception>
    public static UnixDomainSocketEndPoint Address(string path) => Encoding.UTF8.GetByteCount(path) <= LongestPath
        ? new UnixDomainSocketEndPoint(path)
        : throw new ProblemException($"The path {path} is too long for a socket, which may have {LongestPath} characters.");

    /// <summary>Whether somebody takes connections, found out by making one. Not for NBD servers: a client that leaves harms some of them.</summary>
    public static bool Answers(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(Address(path));
            return true;
        }
        catch (SocketException error)
        {
            // Too many that wait already: somebody is there, though busy or stuck.
            return error.SocketErrorCode is not SocketError.ConnectionRefused and not SocketError.AddressNotAvailable;
        }
    }

    /// <summary>Whether some process listens on exactly this path, by the kernel's word; a file that a dead one left says no.</summary>
    public static bool IsListening(string path)
    {
        // e.g. 0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/qemu-server/100.qmp     (flag 00010000: it listens)
        return File.Exists(path) && File.ReadLines("/proc/net/unix").Any(line => line.EndsWith(" " + path, StringComparison.Ordinal) && line.Contains(" 00010000 ", StringComparison.Ordinal));
    }
}
