namespace VzDump.Web.Conf;

public enum DiffKind
{
    Same,
    Added,
    Removed,
}

/// <param name="Number">Of the line, from 1: in the new text, and of a removed one in the old.</param>
public sealed record DiffLine(DiffKind Kind, int Number, string Text);

/// <summary>What differs between two texts, line by line.</summary>
public static class LineDiff
{
    // The table of a text that was changed all over would be too large: then all of it is shown as new.
    private const long LargestTable = 4_000_000;

    public static IReadOnlyList<DiffLine> Between(string before, string after)
    {
        var (old, now) = (Lines(before), Lines(after));
        var start = 0;
        while (start < old.Length && start < now.Length && old[start] == now[start])
        {
            start++;
        }

        var end = 0;
        while (end < old.Length - start && end < now.Length - start && old[^(end + 1)] == now[^(end + 1)])
        {
            end++;
        }

        var (oldPart, newPart) = (old[start..^end], now[start..^end]);
        return
        [
            .. now[..start].Select((line, index) => new DiffLine(DiffKind.Same, index + 1, line)),
            .. (long)oldPart.Length * newPart.Length <= LargestTable ? Middle(oldPart, newPart, start) : Whole(oldPart, newPart, start),
            .. now[(now.Length - end)..].Select((line, index) => new DiffLine(DiffKind.Same, now.Length - end + index + 1, line)),
        ];
    }

    /// <summary>The changed lines with some around them; a gap stands where lines are left out.</summary>
    public static IReadOnlyList<DiffLine?> Hunks(IReadOnlyList<DiffLine> lines, int around)
    {
        var near = Enumerable.Range(0, lines.Count).Where(index => lines[index].Kind is not DiffKind.Same)
            .SelectMany(index => Enumerable.Range(index - around, (2 * around) + 1)).Where(index => index >= 0 && index < lines.Count).ToHashSet();
        var shown = new List<DiffLine?>();
        for (var index = 0; index < lines.Count; index++)
        {
            if (near.Contains(index))
            {
                shown.Add(lines[index]);
            }
            else if (shown is [.., not null] or [])
            {
                shown.Add(null);
            }
        }

        return shown;
    }

    private static IEnumerable<DiffLine> Whole(string[] old, string[] now, int start) =>
        [.. old.Select((line, index) => new DiffLine(DiffKind.Removed, start + index + 1, line)), .. now.Select((line, index) => new DiffLine(DiffKind.Added, start + index + 1, line))];

    // The longest lines that both have, in their order, stay; what is not among them was removed or added.
    private static IEnumerable<DiffLine> Middle(string[] old, string[] now, int start)
    {
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = now.Length - 1; j >= 0; j--)
            {
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        for (var (i, j) = (0, 0); i < old.Length || j < now.Length;)
        {
            if (i < old.Length && j < now.Length && old[i] == now[j])
            {
                yield return new DiffLine(DiffKind.Same, start + j + 1, now[j]);
                (i, j) = (i + 1, j + 1);
            }
            else if (j >= now.Length || (i < old.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                yield return new DiffLine(DiffKind.Removed, start + i + 1, old[i++]);
            }
            else
            {
                yield return new DiffLine(DiffKind.Added, start + j + 1, now[j++]);
            }
        }
    }

    private static string[] Lines(string text)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        return lines is [.., ""] ? lines[..^1] : lines;
    }
}
