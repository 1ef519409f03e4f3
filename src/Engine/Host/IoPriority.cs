using System.Globalization;

namespace VzDump.Engine.Host;

/// <summary>vzdump's <c>ionice</c> option: 0 to 7 in the best-effort class, 8 for the idle class.</summary>
public static class IoPriority
{
    public const int Idle = 8;

    private const int ThisProcess = 1; // "process" means a thread to the kernel
    private const int ClassShift = 13;
    private const int BestEffortClass = 2;
    private const int IdleClass = 3;

    /// <summary>The same command with this priority.</summary>
    public static HostCommand Apply(HostCommand command, int priority) => priority == Idle
        ? command.Under("ionice", "-c", "3")
        : command.Under("ionice", "-c", "2", "-n", priority.ToString(CultureInfo.InvariantCulture));

    /// <summary>Does one piece of reading or writing with this priority, which belongs to a thread and is given back after it.</summary>
    public static T Do<T>(int priority, Func<T> work)
    {
        const int thisThread = 0;
        var before = (int)LinuxCalls.System(LinuxCalls.IoPriorityGet, ThisProcess, thisThread, 0);
        _ = LinuxCalls.System(LinuxCalls.IoPrioritySet, ThisProcess, thisThread, priority == Idle ? IdleClass << ClassShift : (BestEffortClass << ClassShift) | priority);
        try
        {
            return work();
        }
        finally
        {
            _ = LinuxCalls.System(LinuxCalls.IoPrioritySet, ThisProcess, thisThread, Math.Max(before, 0));
        }
    }
}
