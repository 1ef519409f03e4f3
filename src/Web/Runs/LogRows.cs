using VzDump.Jobs.Runs;

namespace VzDump.Web.Runs;

/// <summary>A line as the log shows it.</summary>
/// <param name="Hidden">How many older progress lines of the same guest it stands for.</param>
public sealed record LogRow(RunLogLine Line, int Hidden);

/// <summary>The lines that are shown. New lines are looked at once: a log of a hundred thousand costs no more than what comes to it.</summary>
public sealed class LogRows
{
    private readonly List<LogRow> _rows = [];
    private readonly List<int> _matches = [];
    private IReadOnlyList<RunLogLine>? _lines;
    private (LogFilter Filter, bool Collapses) _shown = (LogFilter.Everything, true);
    private int _seen;

    public IReadOnlyList<LogRow> Rows => _rows;

    /// <summary>Where in the rows the text stands that is looked for.</summary>
    public IReadOnlyList<int> Matches => _matches;

    /// <summary>The first row with an error; null when there is none.</summary>
    public int? FirstError { get; private set; }

    /// <param name="lines">Those that there are now; more may have come to the same list.</param>
    /// <param name="collapses">Whether of a guest's progress only the last line is shown. Not while something is looked for.</param>
    public void Update(IReadOnlyList<RunLogLine> lines, LogFilter filter, bool collapses)
    {
        var wanted = (filter with { Line = null }, collapses && filter.Find is null);
        if (!ReferenceEquals(lines, _lines) || wanted != _shown || lines.Count < _seen)
        {
            _rows.Clear();
            _matches.Clear();
            (_lines, _shown, _seen, FirstError) = (lines, wanted, 0, null);
        }

        for (; _seen < lines.Count; _seen++)
        {
            if (filter.Shows(lines[_seen]))
            {
                Add(lines[_seen]);
            }
        }
    }

    /// <summary>The row with this line, or the one that stands for it; null when it is not shown.</summary>
    public int? IndexOf(long line)
    {
        var (low, high) = (0, _rows.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var row = _rows[middle];
            if (line > row.Line.Number)
            {
                low = middle + 1;
            }
            else if (line < row.Line.Number - row.Hidden)
            {
                high = middle - 1;
            }
            else
            {
                return middle;
            }
        }

        return null;
    }

    private void Add(RunLogLine line)
    {
        if (_shown.Collapses && _rows.Count > 0 && _rows[^1] is { } last && last.Line.Guest == line.Guest && line.Number == last.Line.Number + 1 && IsProgress(line) && IsProgress(last.Line))
        {
            _rows[^1] = new LogRow(line, last.Hidden + 1);
            return;
        }

        if (line.Level is Engine.Backups.LogLevel.Error)
        {
            FirstError ??= _rows.Count;
        }

        if (_shown.Filter.Finds(line))
        {
            _matches.Add(_rows.Count);
        }

        _rows.Add(new LogRow(line, 0));
    }

    // e.g.  42% (3.4 GiB of 8.0 GiB) in 12s, read: 280.1 MiB/s, write: 91.0 MiB/s
    private static bool IsProgress(RunLogLine line)
    {
        var text = line.Text.AsSpan().TrimStart(' ');
        var digits = text.IndexOfAnyExceptInRange('0', '9');
        return digits is > 0 and <= 3 && text[digits..].StartsWith("% (", StringComparison.Ordinal);
    }
}
