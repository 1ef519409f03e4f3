using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Web.OptionForms;

namespace VzDump.Web.SavedJobs;

/// <summary>What a job's retention would keep and remove of the archives that its guests have now. It is the plan that the pruner would carry out.</summary>
/// <param name="Removes">False when the job removes nothing, whatever the plan says.</param>
/// <param name="Storage">Where it looked; null when the job names a folder, or a storage that cannot be read.</param>
public sealed record RetentionView(IReadOnlyList<(Archive Archive, PruneMark Mark)> Marks, bool Removes, KeepPolicy Keep, string? Storage)
{
    public IReadOnlyList<Archive> Removals => [.. Marks.Where(mark => mark.Mark is PruneMark.Remove).Select(mark => mark.Archive)];

    /// <summary>In bytes.</summary>
    public long Freed => Removals.Sum(archive => archive.Size);

    public static RetentionView Of(IEnumerable<Archive> archives, IEnumerable<Guest> guests, BackupSettings settings, OptionContext context, TimeZoneInfo zone)
    {
        var options = BackupOptions.From(settings, context.Conf, Environment.ProcessorCount);
        var storage = context.StorageOf(settings);
        var keep = settings.Prune ?? storage?.Prune ?? context.Conf.Prune ?? KeepPolicy.All;
        var meant = guests.Select(guest => (guest.Id, guest.Kind)).ToHashSet();
        var plan = PrunePlan.For(archives.Where(archive => storage is not null && archive.Storage == storage.Name && archive.Guest is { } guest && meant.Contains((guest, archive.Kind))), keep, zone);
        return new RetentionView(plan.Marks, options.Remove && !keep.KeepsAll, keep, storage?.Name);
    }
}
