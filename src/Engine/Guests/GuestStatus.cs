namespace VzDump.Engine.Guests;

/// <summary>What a guest does right now.</summary>
public enum GuestStatus
{
    Stopped,
    Running,

    /// <summary>It exists in memory but does not run: a paused VM, a frozen container.</summary>
    Paused,
}
