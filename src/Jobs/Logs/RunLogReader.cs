using System.Text;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Logs;

/// <summary>
/// Reads the log of one run from the file, each line once, whether the run still works or is long over. A record without its line end is
/// being written, or was when the program died: it is not told.
/// </summary>
/// <param name="afterLine">Lines up to this number are passed over.</param>
internal sealed class RunLogReader(string path, long afterLine) : IDisposable
{
    private FileStream? _file;
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _line;

    /// <summary>How far the lines that were read reach, in bytes from the start of the file.</summary>
    public long Position { get; private set; }

    /// <summary>Of the file now, in bytes; 0 when there is none yet.</summary>
    public long Length => TryOpen() ? _file!.Length : 0;

    /// <summary>The next lines; fewer than the limit when no more are there now.</summary>
    public async Task<IReadOnlyList<RunLogLine>> ReadAsync(int limit, CancellationToken cancellation)
    {
        if (!TryOpen())
        {
            return [];
        }

        var lines = new List<RunLogLine>();
        while (lines.Count < limit)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length < 0)
            {
                if (!await FillAsync(cancellation))
                {
                    break;
                }

                continue;
            }

            if (++_line > afterLine)
            {
                lines.Add(RunLogFormat.Parse(_line, Encoding.UTF8.GetString(_buffer, _start, length)));
            }

            _start += length + 1;
            Position += length + 1;
        }

        return lines;
    }

    public void Dispose() => _file?.Dispose();

    private bool TryOpen()
    {
        // A run that waits, or that has said nothing, has no file.
        if (_file is null && File.Exists(path))
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        }

        return _file is not null;
    }

    private async Task<bool> FillAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await _file!.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += read;
        return read > 0;
    }
}
