using VzDump.Engine.Archives;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>What happens to a guest's archives on its storage before and after a new one is written: limits, name, notes, protection, pruning.</summary>
internal sealed class ArchiveEnding(TaskScene task)
{
    private BackupOptions Options => task.Options;

    private BackupStorage Storage => task.Run.Storage;

    private bool ToStream => task.Run.Output is not null;

    /// <exception cref="ProblemException">One more archive would be one too many: what vzdump checks before it touches the guest.</exception>
    public async Task RefuseOverLimitAsync(CancellationToken cancellation)
    {
        var keep = Options.PruneOn(Storage);
        if (!ToStream && !Options.Remove && !keep.KeepsAll)
        {
            var kept = (await PlanPruneAsync(KeepPolicy.All, cancellation)).Marks.Count(mark => mark.Mark is PruneMark.Keep);
            if (kept >= keep.Counts().Sum(count => count.Value))
            {
                throw new ProblemException($"The {Storage.DisplayName} holds {kept} backups of guest {task.Guest.Id}, and {keep} allows no more. Remove old ones, raise the limit, or let them be removed (remove=1).");
            }
        }
    }

    /// <exception cref="ProblemException">One more protected archive would be one too many: known before the guest is touched, not after its backup.</exception>
    public async Task RefuseOverProtectionLimitAsync(CancellationToken cancellation)
    {
        if (!ToStream && Options.Protected)
        {
            ProtectionLimit.Of(Storage, task.Run.IsPrivileged).Refuse(await OfGuestAsync(cancellation));
        }
    }

    /// <summary>Names the archive, writes its notes and protection, and prunes older ones, in this order.</summary>
    /// <returns>The archive's size in bytes.</returns>
    /// <exception cref="ProblemException">Pruning failed; the archive stands.</exception>
    public async Task<long> FinishAsync(ArchiveDraft draft, CancellationToken cancellation)
    {
        await draft.CommitAsync(cancellation);
        var size = new FileInfo(task.ArchivePath).Length;
        task.Log.Info($"archive file size: {VzdumpFormat.Size(size)}");
        if (NotesTemplate.Fill(Options.NotesTemplate, task.Guest, await ClusterName.ReadAsync(task.Runtime.Paths, cancellation)) is { Length: > 0 } notes)
        {
            task.Log.Info("adding notes to backup");
            await ArchiveNotes.WriteAsync(task.ArchivePath, notes, cancellation);
        }

        if (Options.Protected)
        {
            task.Log.Info("marking backup as protected");
            await ArchiveNotes.ProtectAsync(task.ArchivePath, cancellation);
        }

        await PruneAsync(cancellation);
        return size;
    }

    private async Task<PrunePlan> PlanPruneAsync(KeepPolicy keep, CancellationToken cancellation) => PrunePlan.For(await OfGuestAsync(cancellation), keep, task.Runtime.Time.LocalTimeZone);

    private Task<IReadOnlyList<Archive>> OfGuestAsync(CancellationToken cancellation) =>
        task.Runtime.Folders.OfGuestAsync(Storage, task.Guest.Kind, task.Guest.Id, task.Runtime.Time.LocalTimeZone, cancellation);

    private async Task PruneAsync(CancellationToken cancellation)
    {
        var keep = Options.PruneOn(Storage);
        if (!Options.Remove || keep.KeepsAll)
        {
            return;
        }

        task.Log.Info($"prune older backups with retention: {keep}");
        IReadOnlyList<string> failures;
        try
        {
            failures = Pruner.Apply(await PlanPruneAsync(keep, cancellation), archive => task.Log.Info($"removing backup '{archive.Name}'"), cancellation);
        }
        catch (ProblemException problem)
        {
            failures = [problem.Message];
        }

        foreach (var failure in failures)
        {
            task.Log.Warn(failure);
        }

        if (failures.Count > 0)
        {
            throw new ProblemException($"The archive is complete, but pruning failed. {failures[0]}");
        }
    }
}
