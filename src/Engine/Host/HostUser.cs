namespace VzDump.Engine.Host;

/// <summary>Who this program runs as.</summary>
public static class HostUser
{
    public static bool IsRoot => LinuxCalls.EffectiveUser() == 0;
}
