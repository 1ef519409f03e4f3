namespace VzDump.Engine.Schedules;

/// <summary>What one field of a calendar event counts, and which numbers exist there.</summary>
internal sealed record CalendarUnit(string Name, int Lowest, int Highest)
{
    // Proxmox VE's last year is 2199. Its first one is 0; nothing is backed up before 1970.
    public static CalendarUnit Year { get; } = new("year", 1970, 2199);

    public static CalendarUnit Month { get; } = new("month", 1, 12);

    public static CalendarUnit Day { get; } = new("day", 1, 31);

    /// <summary>0 is Monday.</summary>
    public static CalendarUnit Weekday { get; } = new("weekday", 0, 6);

    public static CalendarUnit Hour { get; } = new("hour", 0, 23);

    public static CalendarUnit Minute { get; } = new("minute", 0, 59);

    public static CalendarUnit Second { get; } = new("second", 0, 59);

    // As in Proxmox VE a step over all years counts from year 0: */4 are the leap years.
    public int StepsFrom => this == Year ? 0 : Lowest;

    public CalendarField All => CalendarField.Of(this, Enumerable.Range(Lowest, Highest - Lowest + 1));

    public CalendarField Only(params ReadOnlySpan<int> values) => CalendarField.Of(this, values.ToArray());
}
