using System.Diagnostics;
using System.Globalization;

namespace VzDump.Tests.Victim;

/// <summary>The step at which this program kills itself, as the kernel would: no clean-up, no last word.</summary>
/// <param name="at">e.g. <c>cut-before</c>, <c>cut-after</c>, <c>cut-during:20</c> (milliseconds).</param>
internal sealed class DeadlyStep(string at)
{
    public async Task TakeAsync(string step, Func<Task> action)
    {
        await TakeAsync<object?>(step, async () =>
        {
            await action();
            return null;
        });
    }

    public async Task<T> TakeAsync<T>(string step, Func<Task<T>> action)
    {
        if (at == $"{step}-before")
        {
            Die();
        }

        var work = action();
        if (at.StartsWith($"{step}-during:", StringComparison.Ordinal))
        {
            await Task.Delay(int.Parse(at.AsSpan(at.IndexOf(':') + 1), CultureInfo.InvariantCulture));
            Die();
        }

        var result = await work;
        if (at == $"{step}-after")
        {
            Die();
        }

        return result;
    }

    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
