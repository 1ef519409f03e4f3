using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace VzDump.Engine.Host;

/// <summary>How urgent a line of the system's log is, by syslog's numbers.</summary>
public enum SystemLogSeverity
{
    Error = 3,
    Warning = 4,
    Info = 6,
}

/// <summary>The host's system log, by its local socket. A host without one, or one that does not keep up, never holds up a backup: the line is lost.</summary>
public sealed class SystemLog(string socketPath, TimeProvider time) : IDisposable
{
    private const int Daemon = 3; // syslog's facility of programs without a terminal
    private const int LongestLine = 2000; // bytes; classic syslog cuts there
    private readonly Lock _one = new();
    private Socket? _socket;

    public void Write(SystemLogSeverity severity, string text)
    {
        // e.g. <30>Nov 22 03:00:01 vzdump[4711]: INFO: Starting Backup of VM 101 (lxc)
        var line = string.Create(CultureInfo.InvariantCulture, $"<{(Daemon * 8) + (int)severity}>{time.GetLocalNow():MMM dd HH:mm:ss} vzdump[{Environment.ProcessId}]: {text}");
        var bytes = Encoding.UTF8.GetBytes(line);
        lock (_one)
        {
            try
            {
                Open().Send(bytes.AsSpan(0, Math.Min(bytes.Length, LongestLine)));
            }
            catch (SocketException)
            {
                // The log server was started again, or there is none: the next line tries a new socket.
                _socket?.Dispose();
                _socket = null;
            }
        }
    }

    public void Dispose() => _socket?.Dispose();

    private Socket Open()
    {
        if (_socket is null)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(socketPath));
            }
            catch (SocketException)
            {
                socket.Dispose();
                throw;
            }

            _socket = socket;
        }

        return _socket;
    }
}
