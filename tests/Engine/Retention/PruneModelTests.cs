using CsCheck;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;

namespace VzDump.Tests.Engine.Retention;

/// <summary>The plan against a second telling of vzdump's rules, which shares nothing with it but their meaning.</summary>
public sealed class PruneModelTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati"];

    // Around the turn of years and the nights on which clocks are turned there is more to get wrong.
    private static readonly Gen<DateTimeOffset> Moments = Gen.OneOf(
        Gen.Int[0, 3 * 365 * 86400].Select(second => new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second)),
        Gen.Int[-8 * 86400, 8 * 86400].Select(second => new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second)),
        Gen.Int[-86400, 86400].Select(second => new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero).AddSeconds(second)),
        Gen.Int[-86400, 86400].Select(second => new DateTimeOffset(2026, 10, 25, 1, 0, 0, TimeSpan.Zero).AddSeconds(second)),
        Gen.Const(new DateTimeOffset(2026, 8, 22, 3, 0, 0, TimeSpan.Zero)));

    [Fact]
    public void Plan_and_model_agree_on_every_archive() => Gen.Select(
        Gen.Select(Moments, Gen.Int[0, 9], Gen.Int[0, 2]).Array[0, 70],
        Gen.Int[0, 4].Array[6],
        Gen.Int[0, Zones.Length - 1].Select(number => Zones[number])).Sample((made, counts, zoneName) =>
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
            var archives = made.Select((one, number) => new Archive
            {
                Storage = "local",
                Path = $"/dump/{number:000}",
                Kind = one.Item3 == 2 ? GuestKind.Qemu : GuestKind.Lxc,
                Guest = GuestId.Parse(one.Item3 == 0 ? "101" : "102"),
                Time = one.Item1,
                Size = 1,
                IsProtected = one.Item2 == 0,
                IsRenamed = one.Item2 == 1,
            }).ToList();
            var keep = new KeepPolicy { Last = counts[0], Hourly = counts[1], Daily = counts[2], Weekly = counts[3], Monthly = counts[4], Yearly = counts[5] };

            var removed = PrunePlan.For(archives, keep, zone).Removals.Select(archive => archive.Path).Order(StringComparer.Ordinal);

            var expected = archives.Where(archive => !archive.IsProtected && !archive.IsRenamed)
                .GroupBy(archive => $"{archive.Kind}{archive.Guest}").SelectMany(group => Removed([.. group], counts, zone)).Order(StringComparer.Ordinal);
            Assert.Equal(expected, removed);
        }, iter: 3000);

    // Whole passes at once: the rest, newest first, without what is covered, up to the first archive of one period too many; of each period the newest stays.
    private static IEnumerable<string> Removed(IReadOnlyList<Archive> group, int[] counts, TimeZoneInfo zone)
    {
        if (counts.All(count => count == 0))
        {
            return [];
        }

        var rest = group.OrderByDescending(archive => (archive.Time, archive.Path)).ToList();
        var (kept, gone) = (new List<Archive>(), new List<Archive>());
        for (var rule = 0; rule < counts.Length; rule++)
        {
            var covered = kept.Select(archive => Period(rule, archive, zone)).ToHashSet();
            var open = rest.Where(archive => !covered.Contains(Period(rule, archive, zone))).ToList();
            var periods = open.Select(archive => Period(rule, archive, zone)).Distinct().Take(counts[rule]).ToHashSet();
            var reach = counts[rule] == 0 ? [] : open.TakeWhile(archive => periods.Contains(Period(rule, archive, zone))).ToList();
            foreach (var period in reach.GroupBy(archive => Period(rule, archive, zone)))
            {
                kept.Add(period.First());
                gone.AddRange(period.Skip(1));
            }

            rest = [.. rest.Except(kept).Except(gone)];
        }

        return gone.Concat(rest).Select(archive => archive.Path);
    }

    private static (int, int) Period(int rule, Archive archive, TimeZoneInfo zone)
    {
        var local = archive.Time.ToOffset(zone.GetUtcOffset(archive.Time)).DateTime;
        var days = (int)(local.Date - new DateTime(1999, 1, 4)).TotalDays; // a Monday
        return rule switch
        {
            0 => (int.Parse(archive.Path[^3..]), 0),
            1 => (days, local.Hour),
            2 => (days, 0),
            3 => (days / 7, 0), // weeks begin on Monday and belong to no month or year
            4 => (local.Year, local.Month),
            _ => (local.Year, 0),
        };
    }
}
