using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>The log of one guest's backup: a file in vzdump's form, and events as it is written.</summary>
internal sealed class TaskLog : ITaskLog, IAsyncDisposable
{
    private readonly Lock _one = new();
    private readonly GuestId _guest;
    private readonly IProgress<BackupEvent> _events;
    private readonly SystemLog _system;
    private readonly TimeProvider _time;
    private StreamWriter? _file;

    public TaskLog(GuestId guest, IProgress<BackupEvent> events, SystemLog system, TimeProvider time)
    {
        _guest = guest;
        _events = events;
        _system = system;
        _time = time;
    }

    /// <summary>Null until <see cref="Open"/>.</summary>
    public string? Path { get; private set; }

    /// <summary>From here on lines go to this file too. An older one is replaced.</summary>
    public void Open(string path)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        _file = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
        Path = path;
    }

    public void Info(string text) => Write(LogLevel.Info, text);

    public void Warn(string text) => Write(LogLevel.Warn, text);

    public void Error(string text) => Write(LogLevel.Error, text);

    /// <summary>A line that the host's administrator should find in the system log too.</summary>
    public void Important(LogLevel level, string text)
    {
        Write(level, text);
        _system.Write(level.Severity, $"{level.VzdumpName}: {Clean(text)}");
    }

    /// <summary>Copies what was logged beside the archive.</summary>
    public void CopyTo(string path)
    {
        if (Path is not null)
        {
            File.Copy(Path, path, overwrite: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }

    private void Write(LogLevel level, string text)
    {
        var at = _time.GetLocalNow();
        // Programs' error output and our own lines come from several threads.
        lock (_one)
        {
            foreach (var line in text.AsSpan().TrimEnd().EnumerateLines())
            {
                // e.g. Nov 22 03:00:01 INFO: Starting Backup of VM 101 (lxc)
                var clean = Clean(line);
                try
                {
                    _file?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at:MMM dd HH:mm:ss} {level.VzdumpName}: {clean}"));
                }
                catch (Exception error) when (error is IOException or ObjectDisposedException)
                {
                    // A full log disk must not end a backup; whoever watches still sees the line.
                }

                _events.Report(new BackupEvent.Logged(_guest, at, level, clean));
            }
        }
    }

    // File names of a guest may hold anything, terminal sequences included.
    private static string Clean(ReadOnlySpan<char> line) => line.ContainsAnyInRange('\0', '\u001f')
        ? string.Concat(line.ToString().Select(letter => letter is '\t' ? ' ' : char.IsControl(letter) ? '\ufffd' : letter))
        : line.ToString();
}
