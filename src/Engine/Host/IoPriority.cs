using System.Globalization;

namespace VzDump.Engine.Host;

/// <summary>vzdump's <c>ionice</c> option: 0 to 7 in the best-effort class, 8 for the idle class.</summary>
public static class IoPriority
{
    public const int Idle = 8;

    /// <summary>The same command with this priority.</summary>
    public static HostCommand Apply(HostCommand command, int priority) => priority == Idle
        ? command.Under("ionice", "-c", "3")
        : command.Under("ionice", "-c", "2", "-n", priority.ToString(CultureInfo.InvariantCulture));
}
