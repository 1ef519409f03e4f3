using System.Globalization;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>Looks a few times a second how far the data has come, and tells the watchers and, more rarely, the log.</summary>
internal sealed class ProgressMeter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(3);
    private const int SpeedWindow = 12; // samples: three seconds
    private readonly GuestId _guest;
    private readonly IProgress<BackupEvent> _events;
    private readonly ITaskLog _log;
    private readonly TimeProvider _time;
    private readonly Func<long> _done;
    private readonly Func<long> _written;
    private readonly Func<(long Count, string? Path)>? _files;
    private readonly long _began;
    private readonly Queue<(long At, long Done, long Written)> _samples = new();
    private readonly ITimer _timer;
    private readonly Lock _one = new();
    private long _total = -1;
    private long _totalFiles = -1;
    private long _logged;
    private int _loggedPercent = -1;

    /// <param name="done">Bytes read from the guest so far.</param>
    /// <param name="written">Size of the archive so far.</param>
    /// <param name="files">How many files were begun so far, and the path of the last one.</param>
    public ProgressMeter(GuestId guest, IProgress<BackupEvent> events, ITaskLog log, TimeProvider time, Func<long> done, Func<long> written, Func<(long Count, string? Path)>? files = null)
    {
        (_guest, _events, _log, _time, _done, _written, _files) = (guest, events, log, time, done, written, files);
        _began = _logged = time.GetTimestamp();
        _samples.Enqueue((_began, 0, 0));
        _timer = time.CreateTimer(static meter => ((ProgressMeter)meter!).Look(), this, Interval, Interval);
    }

    /// <summary>How much there is to read, once it is known.</summary>
    public void Expect(long total, long files = -1)
    {
        Volatile.Write(ref _total, total);
        Volatile.Write(ref _totalFiles, files);
    }

    /// <summary>All of it was read: an estimate that was too high is corrected.</summary>
    public void Complete()
    {
        Expect(_done(), _files?.Invoke().Count ?? -1);
        Look();
    }

    public async ValueTask DisposeAsync() => await _timer.DisposeAsync();

    private void Look()
    {
        lock (_one)
        {
            var now = _time.GetTimestamp();
            var (done, written) = (_done(), _written());
            var first = _samples.Peek();
            var seconds = Math.Max(0.001, _time.GetElapsedTime(first.At, now).TotalSeconds);
            var (read, wrote) = ((done - first.Done) / seconds, (written - first.Written) / seconds);
            _samples.Enqueue((now, done, written));
            if (_samples.Count > SpeedWindow)
            {
                _samples.Dequeue();
            }

            var total = Volatile.Read(ref _total);
            // An estimate that turned out too low is corrected as we go.
            var progress = new BackupProgress(done, total < 0 ? null : Math.Max(total, done), read, written);
            if (_files?.Invoke() is (var files, var path))
            {
                progress = progress with { DoneFiles = files, TotalFiles = Volatile.Read(ref _totalFiles) is >= 0 and var all ? Math.Max(all, files) : null, Path = path };
            }

            _events.Report(new BackupEvent.TaskProgressed(_guest, progress));
            if (progress.Fraction is { } fraction && _time.GetElapsedTime(_logged, now) >= LogInterval && (int)(fraction * 100) is var percent && percent != _loggedPercent)
            {
                (_logged, _loggedPercent) = (now, percent);
                _log.Info(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{percent,3}% ({VzdumpFormat.Amount(done)} of {VzdumpFormat.Amount(progress.TotalBytes ?? done)}) in {_time.GetElapsedTime(_began, now).TotalSeconds:0}s, read: {VzdumpFormat.Amount(read)}/s, write: {VzdumpFormat.Amount(wrote)}/s{Files(progress)}"));
            }
        }
    }

    // e.g. ", 1200 of 4096 files, at var/lib/dpkg/status"
    private static string Files(BackupProgress progress) => progress.DoneFiles is { } files
        ? string.Create(CultureInfo.InvariantCulture, $", {files} of {progress.TotalFiles ?? files} files{(progress.Path is { } path ? $", at {path}" : "")}")
        : "";
}
