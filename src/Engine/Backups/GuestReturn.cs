using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>Brings a guest back that was asked to stop.</summary>
internal static class GuestReturn
{
    // A guest that was asked to shut down may still do so a while after we gave up waiting; found running, it would be left stopped for good.
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Starts the guest unless it runs. One whose shutdown was not seen to its end is watched until it can no longer go down.</summary>
    /// <returns>Whether it had to be started.</returns>
    /// <exception cref="ProblemException">It cannot be started.</exception>
    public static async Task<bool> BringBackAsync(IGuestDriver driver, Guest guest, DateTimeOffset stopAsked, TimeSpan stopWait, bool stopSeen, TimeProvider time, CancellationToken cancellation)
    {
        var until = stopAsked + (stopWait < LongestFarewell ? stopWait : LongestFarewell);
        while (await driver.StatusAsync(guest, cancellation) is not GuestStatus.Stopped)
        {
            if (stopSeen || time.GetUtcNow() >= until)
            {
                return false;
            }

            await Task.Delay(Pause, time, cancellation);
        }

        await driver.StartAsync(guest, cancellation);
        return true;
    }
}
