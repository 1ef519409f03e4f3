using System.Diagnostics;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Waits for what another process does.</summary>
public static class Until
{
    // For a machine that many work on, and guests without a processor's help.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Limit, $"waited {Limit.TotalSeconds} s in vain until {what}");
            await Task.Delay(20);
        }
    }
}
