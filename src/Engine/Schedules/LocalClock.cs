namespace VzDump.Engine.Schedules;

/// <summary>When a clock on the wall shows a time. It is derived from the zone's offset at an instant alone, which exists for every instant.</summary>
internal static class LocalClock
{
    // No clock is turned by more than a day (Samoa once was), nor twice within two days.
    private static readonly TimeSpan Reach = TimeSpan.FromDays(1);

    /// <summary>The first instant at which the clock shows this time or a later one. So a time that is skipped is the moment after the gap,
    /// and one that comes twice is its first coming.</summary>
    public static DateTimeOffset FirstAt(DateTime local, TimeZoneInfo zone)
    {
        var utc = DateTime.SpecifyKind(local, DateTimeKind.Utc);
        var (start, end) = (utc - Reach, utc + Reach);
        var (before, after) = (zone.GetUtcOffset(start), zone.GetUtcOffset(end));
        foreach (var offset in (ReadOnlySpan<TimeSpan>)[before, after])
        {
            if (zone.GetUtcOffset(utc - offset) == offset)
            {
                return new DateTimeOffset(local, offset);
            }
        }

        return InZone(Turning(start, end, zone), zone);
    }

    /// <summary>The latest time that the clock has shown until now, cut to the second. It is ahead of the clock while that goes through an hour
    /// for the second time.</summary>
    public static DateTime LatestShown(DateTimeOffset now, TimeZoneInfo zone)
    {
        var (start, end) = (now.UtcDateTime - Reach, now.UtcDateTime);
        var (before, after) = (zone.GetUtcOffset(start), zone.GetUtcOffset(end));
        var shown = end + after;
        if (before > after)
        {
            // The clock was turned back: it had come up to, not reached, what it would have shown at that instant.
            var turned = Turning(start, end, zone) + before - TimeSpan.FromSeconds(1);
            shown = turned > shown ? turned : shown;
        }

        return new DateTime(shown.Ticks - (shown.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Unspecified);
    }

    private static DateTimeOffset InZone(DateTime utc, TimeZoneInfo zone) => new DateTimeOffset(utc).ToOffset(zone.GetUtcOffset(utc));

    // The first whole second at which the offset is no longer the one at the start.
    private static DateTime Turning(DateTime start, DateTime end, TimeZoneInfo zone)
    {
        var before = zone.GetUtcOffset(start);
        var origin = start.Ticks / TimeSpan.TicksPerSecond;
        var (same, other) = (0L, (end.Ticks / TimeSpan.TicksPerSecond) - origin);
        while (other - same > 1)
        {
            var middle = (same + other) / 2;
            (same, other) = zone.GetUtcOffset(At(middle)) == before ? (middle, other) : (same, middle);
        }

        return At(other);

        DateTime At(long seconds) => new((origin + seconds) * TimeSpan.TicksPerSecond, DateTimeKind.Utc);
    }
}
