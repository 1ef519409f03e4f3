namespace VzDump.Web.Shell;

/// <summary>What the browser of the person who looks has told in cookies: the time zone, and the theme.</summary>
/// <param name="Theme">light, dark, or system.</param>
public sealed record Viewer(TimeZoneInfo Zone, string Theme)
{
    public const string ZoneCookie = "zone", ThemeCookie = "theme";
    public static readonly Viewer Unknown = new(TimeZoneInfo.Utc, "system");

    public static Viewer From(IRequestCookieCollection cookies) => From(cookies[ZoneCookie], cookies[ThemeCookie]);

    public static Viewer From(string? zone, string? theme) => new(
        zone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : TimeZoneInfo.Utc,
        theme is "light" or "dark" ? theme : "system");

    /// <summary>To the second, such as <c>2026-08-22 03:00:00</c>, in the viewer's zone.</summary>
    public string Exact(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The time of day alone, such as <c>03:00:00</c>.</summary>
    public string Clock(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
}
