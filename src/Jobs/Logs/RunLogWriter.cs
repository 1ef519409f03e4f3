using System.Globalization;
using System.Text;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Logs;

/// <summary>Writes the log of one run: all lines to one file, and those of each guest to another. Lines are there after <see cref="Flush"/>, or sooner.</summary>
internal sealed class RunLogWriter(RunLogFiles files, Run run) : IDisposable
{
    private readonly LogFile _all = new(files.PathOf(run), FileMode.Create);

    // One at a time: a run may have a thousand guests, and works on one.
    private LogFile? _ofGuest;
    private GuestId? _guest;

    public void Append(BackupEvent.Logged line)
    {
        RunLogFormat.Append(_all.Pending, line);
        _all.FlushWhenLong();
        if (line.Guest is not { } guest)
        {
            return;
        }

        if (guest != _guest)
        {
            _ofGuest?.Flush();
            _ofGuest?.Dispose();
            (_ofGuest, _guest) = (new LogFile(files.PathOf(run, guest), FileMode.Append), guest);
        }

        // e.g. Nov 22 03:00:01 INFO: Starting Backup of VM 101 (lxc)
        _ofGuest!.Pending.Append(CultureInfo.InvariantCulture, $"{line.At:MMM dd HH:mm:ss} {line.Level.ToString().ToUpperInvariant()}: {line.Text}\n");
        _ofGuest.FlushWhenLong();
    }

    /// <exception cref="IOException">The lines since the last flush are lost or incomplete.</exception>
    public void Flush()
    {
        _all.Flush();
        _ofGuest?.Flush();
    }

    public void Dispose()
    {
        _all.Dispose();
        _ofGuest?.Dispose();
    }

    private sealed class LogFile(string path, FileMode mode) : IDisposable
    {
        private const int FlushAt = 64 * 1024;

        private FileStream? _file;

        public StringBuilder Pending { get; } = new();

        public void FlushWhenLong()
        {
            if (Pending.Length >= FlushAt)
            {
                Flush();
            }
        }

        public void Flush()
        {
            if (Pending.Length == 0)
            {
                return;
            }

            var bytes = Encoding.UTF8.GetBytes(Pending.ToString());
            Pending.Clear();
            _file ??= Open();
            _file.Write(bytes);
        }

        public void Dispose() => _file?.Dispose();

        private FileStream Open()
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // No buffer of its own: what is written is at once what a reader of the file sees.
            return new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
    }
}
