namespace VzDump.Web.Guests;

/// <summary>A value that was measured once.</summary>
public sealed record TrendPoint(DateTimeOffset At, double Value);
