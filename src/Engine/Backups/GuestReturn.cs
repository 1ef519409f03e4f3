using Microsoft.Extensions.Options;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>Brings a guest back that was asked to stop.</summary>
internal sealed class GuestReturn(IOptions<EngineOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a whole clean-up may take.</summary>
    public TimeSpan CleanUpLimit => options.Value.CleanUpLimit;

    /// <summary>
    /// Starts the guest unless it runs. One whose shutdown was not seen to its end may still go down a while after we gave up waiting;
    /// found running and left alone it would be stopped for good, so it is watched.
    /// </summary>
    /// <exception cref="ProblemException">It cannot be started.</exception>
    public async Task<bool> BringBackAsync(IGuestDriver driver, Guest guest, DateTimeOffset stopAsked, TimeSpan stopWait, bool stopSeen, CancellationToken cancellation)
    {
        var watch = options.Value.ShutdownWatch;
        var until = stopAsked + (stopWait < watch ? stopWait : watch);
        for (GuestStatus status; (status = await driver.StatusAsync(guest, cancellation)) is not GuestStatus.Stopped;)
        {
            if (stopSeen && status is GuestStatus.Paused)
            {
                // Down it was; now it is a machine that was started to be cut and waits to begin.
                break;
            }

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
