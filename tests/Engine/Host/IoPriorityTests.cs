using System.Diagnostics;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

public sealed class IoPriorityTests
{
    [Theory]
    [InlineData(0, "best-effort: prio 0")]
    [InlineData(7, "best-effort: prio 7")]
    [InlineData(8, "idle")]
    public void Work_is_done_with_the_priority_and_the_thread_has_its_own_again_after_it(int priority, string said)
    {
        // The priority of this very thread, by util-linux's program. A child process has that of the thread that started it.
        var (during, after) = OnOneThread(() => (IoPriority.Do(priority, Ask), Ask()));

        Assert.Equal(said, during);
        Assert.StartsWith("none", after, StringComparison.Ordinal);
    }

    private static T OnOneThread<T>(Func<T> work)
    {
        T result = default!;
        var thread = new Thread(() => result = work());
        thread.Start();
        thread.Join();
        return result;
    }

    private static string Ask()
    {
        using var program = Process.Start(new ProcessStartInfo("ionice") { RedirectStandardOutput = true, UseShellExecute = false })!;
        return program.StandardOutput.ReadToEnd().Trim();
    }
}
