using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>The option <c>agent</c>, e.g. <c>agent: enabled=1,freeze-fs-on-backup=0</c>.</summary>
/// <param name="Freezes">Whether file systems are frozen for a backup.</param>
internal readonly record struct GuestAgentOption(bool IsEnabled, bool Freezes)
{
    public static GuestAgentOption Of(GuestConfig config)
    {
        var agent = PropertyString.Parse(config.Value("agent") ?? "0", "enabled");
        var enabled = IsOn(agent.Volume);
        return new GuestAgentOption(enabled, enabled && IsOn(agent["freeze-fs-on-backup"] ?? "1"));
    }

    private static bool IsOn(string value) => value is "1" or "yes" or "on" or "true";
}
