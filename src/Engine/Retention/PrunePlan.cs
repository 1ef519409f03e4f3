using System.Globalization;
using VzDump.Engine.Archives;

namespace VzDump.Engine.Retention;

/// <summary>What is to become of an archive, and why.</summary>
public abstract record PruneMark(string Reason)
{
    public sealed record Keep(string Reason) : PruneMark(Reason);

    public sealed record Remove(string Reason) : PruneMark(Reason);

    /// <summary>Protected or renamed: not ours to judge, and it takes nobody's place.</summary>
    public sealed record LeftAlone(string Reason) : PruneMark(Reason);
}

/// <summary>Decides which archives a policy keeps. Pure: the preview shows the plan that the pruner carries out.</summary>
public sealed record PrunePlan(IReadOnlyList<(Archive Archive, PruneMark Mark)> Marks)
{
    /// <summary>The archives to remove, oldest first.</summary>
    public IReadOnlyList<Archive> Removals => [.. Marks.Where(mark => mark.Mark is PruneMark.Remove).Select(mark => mark.Archive).Reverse()];

    /// <summary>Judges each guest's archives by themselves, newest first.</summary>
    /// <param name="zone">The node's: hours, days and weeks are the ones of its clock.</param>
    public static PrunePlan For(IEnumerable<Archive> archives, KeepPolicy keep, TimeZoneInfo zone)
    {
        var marks = new List<(Archive, PruneMark)>();
        foreach (var group in archives.GroupBy(archive => (archive.Storage, archive.Kind, archive.Guest)))
        {
            marks.AddRange(ForGroup([.. group.OrderByDescending(archive => archive.Time).ThenByDescending(archive => archive.Name, StringComparer.Ordinal)], keep, zone));
        }

        return new PrunePlan(marks);
    }

    private static IEnumerable<(Archive, PruneMark)> ForGroup(IReadOnlyList<Archive> group, KeepPolicy keep, TimeZoneInfo zone)
    {
        var judged = group.Where(archive => !archive.IsProtected && !archive.IsRenamed).ToList();
        var marks = new Dictionary<string, PruneMark>(StringComparer.Ordinal);
        foreach (var (name, count) in keep.Counts().Where(pass => pass.Value > 0))
        {
            Pass(judged, marks, name, count, zone);
        }

        return group.Select(archive => (archive,
            archive.IsProtected ? new PruneMark.LeftAlone("protected")
            : archive.IsRenamed ? new PruneMark.LeftAlone("renamed")
            : keep.KeepsAll ? new PruneMark.Keep("keep-all")
            : marks.GetValueOrDefault(archive.Path) ?? new PruneMark.Remove("no rule keeps it")));
    }

    private static void Pass(List<Archive> judged, Dictionary<string, PruneMark> marks, string name, int count, TimeZoneInfo zone)
    {
        var covered = judged.Where(archive => marks.GetValueOrDefault(archive.Path) is PruneMark.Keep).Select(Bucket).ToHashSet(StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var archive in judged.Where(archive => !marks.ContainsKey(archive.Path)))
        {
            var bucket = Bucket(archive);
            if (covered.Contains(bucket))
            {
                continue; // an earlier rule keeps one of this time already
            }

            if (used.Contains(bucket))
            {
                marks[archive.Path] = new PruneMark.Remove(string.Create(CultureInfo.InvariantCulture, $"a newer one of {bucket} is kept ({name})"));
            }
            else if (used.Count < count)
            {
                used.Add(bucket);
                marks[archive.Path] = new PruneMark.Keep(string.Create(CultureInfo.InvariantCulture, $"{name} {used.Count} of {count}"));
            }
            else
            {
                break;
            }
        }

        // e.g. 2026-08-22 03, 2026-08-22, 2026 week 34, 2026-08, 2026
        string Bucket(Archive archive)
        {
            var local = TimeZoneInfo.ConvertTime(archive.Time, zone).DateTime;
            return name switch
            {
                "last" => archive.Path,
                "hourly" => local.ToString("yyyy-MM-dd HH", CultureInfo.InvariantCulture),
                "daily" => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                "weekly" => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(local)} week {ISOWeek.GetWeekOfYear(local):00}"),
                "monthly" => local.ToString("yyyy-MM", CultureInfo.InvariantCulture),
                _ => local.ToString("yyyy", CultureInfo.InvariantCulture),
            };
        }
    }
}
