using VzDump.Engine.Backups;
using VzDump.Engine.Restores;

namespace VzDump.Web.Shell;

/// <summary>
/// Puts right what a killed program left of guests, once at the start. It may watch a guest for minutes, so nobody waits for it but the
/// first run.
/// </summary>
internal sealed class GuestRecovery(BackupEngine engine, RestoreEngine restores, ILogger<GuestRecovery> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // What was done is in the engine's own log.
            await engine.RecoverAsync(stoppingToken);
            await restores.RecoverAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It goes on at the next start.
        }
        catch (Exception error)
        {
            logger.RecoveryFailed(error);
        }
    }
}
