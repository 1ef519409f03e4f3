using System.Text;
using VzDump.Engine.Backups;

namespace VzDump.Jobs.Logs;

/// <summary>Writes the log of one run. Lines are in the file after <see cref="Flush"/>, or sooner.</summary>
internal sealed class RunLogWriter(string path) : IDisposable
{
    private const int FlushAt = 64 * 1024;

    private readonly StringBuilder _pending = new();
    private FileStream? _file;

    public void Append(BackupEvent.Logged line)
    {
        RunLogFormat.Append(_pending, line);
        if (_pending.Length >= FlushAt)
        {
            Flush();
        }
    }

    /// <exception cref="IOException">The lines since the last flush are lost or incomplete.</exception>
    public void Flush()
    {
        if (_pending.Length == 0)
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(_pending.ToString());
        _pending.Clear();
        _file ??= Open();
        _file.Write(bytes);
    }

    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // No buffer of its own: what is written is at once what a reader of the file sees.
        return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }
}
