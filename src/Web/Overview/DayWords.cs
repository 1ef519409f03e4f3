using System.Globalization;
using VzDump.Web.Shell;

namespace VzDump.Web.Overview;

/// <summary>The days of guests in words.</summary>
public static class DayWords
{
    extension(DayState state)
    {
        public string Word => state switch
        {
            DayState.Ok => "ok",
            DayState.Failed => "failed",
            DayState.Overdue => "overdue",
            DayState.Running => "running",
            _ => "none due",
        };

        /// <summary>A sign beside the colour, for who does not see that.</summary>
        public string Sign => state switch { DayState.Failed => "✕", DayState.Overdue => "!", DayState.Running => "…", DayState.Ok => "✓", _ => "" };
    }

    extension(GuestDay day)
    {
        /// <summary>Such as <c>22 Nov: ok, 2 backups</c>.</summary>
        public string Told => day.Backups.Count > 0 ? $"{day.Day.Short}: {day.State.Word}, {Words.Count(day.Backups.Count, "backup")}" : $"{day.Day.Short}: {day.State.Word}";
    }

    extension(DateOnly day)
    {
        public string Short => day.ToString("d MMM", CultureInfo.InvariantCulture);

        public string Iso => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
