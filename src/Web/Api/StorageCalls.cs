using VzDump.Engine.Retention;
using VzDump.Engine.Storages;
using VzDump.Jobs.StorageUse;
using VzDump.Web.Archives;

namespace VzDump.Web.Api;

internal static class StorageCalls
{
    extension(RouteGroupBuilder api)
    {
        public void MapStorages()
        {
            var storages = api.MapGroup("/storages").WithTags("storages");
            storages.MapGet("/", ListAsync)
                .WithSummary("The storages that may hold backups, and their space");
            storages.MapGet("/{storage}/prune-preview", PreviewAsync).WithSummary("What a retention would keep and remove, and why; nothing is removed")
                .Produces<PruneAnswer>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound);
        }
    }

    private static async Task<IReadOnlyList<StorageAnswer>> ListAsync(StorageInventory inventory, StorageTrends trends, CancellationToken cancellation)
    {
        var known = await trends.ReadAsync(cancellation);
        return [.. (await inventory.ListAsync(cancellation)).Select(storage => StorageAnswer.From(storage, known.GetValueOrDefault(storage.Name)?.FullAt))];
    }

    /// <param name="keep">Such as <c>keep-last=3,keep-daily=7</c>.</param>
    private static async Task<IResult> PreviewAsync(
        string storage, string keep, int? guest, Caller caller, StorageInventory inventory, ArchiveDesk desk, TimeProvider time, CancellationToken cancellation)
    {
        if (KeepPolicy.TryParse(keep) is not { } policy)
        {
            return ApiManners.Invalid([("keep", $"'{keep}' is no retention: write keep-all=1, or counts such as keep-last=3,keep-daily=7.")]);
        }

        if ((await inventory.ListAsync(cancellation)).All(known => known.Name != storage))
        {
            return ApiManners.NotFound("storage");
        }

        var archives = (await desk.ListAsync(caller.Rights, cancellation)).Archives.Where(archive => archive.Storage == storage && (guest is null || archive.Guest?.Value == guest));
        var plan = PrunePlan.For(archives, policy, time.LocalTimeZone);
        return TypedResults.Ok(new PruneAnswer(
            policy.ToString(),
            plan.Removals.Sum(archive => archive.Size),
            [.. plan.Marks.Select(mark => new PruneMarkAnswer(mark.Archive.Name, mark.Archive.Guest?.Value, mark.Archive.Time, mark.Archive.Size, Word(mark.Mark), mark.Mark.Reason))]));
    }

    private static string Word(PruneMark mark) => mark switch { PruneMark.Keep => "keep", PruneMark.Remove => "remove", _ => "leave" };
}

/// <param name="Problem">Why it cannot be used right now; null when it can.</param>
/// <param name="FullAt">When it will be full if it goes on as in the last thirty days; null when that is not known or not within two years.</param>
/// <param name="UsedBytes">Of the whole file system, as <paramref name="TotalBytes"/>.</param>
internal sealed record StorageAnswer(string Name, string Type, string Folder, bool Active, string? Problem, long? TotalBytes, long? UsedBytes, long? FreeBytes, DateTimeOffset? FullAt)
{
    public static StorageAnswer From(StorageState storage, DateTimeOffset? fullAt) => new(
        storage.Name, storage.Type, storage.ArchiveFolder, storage.IsActive, storage.Problem, storage.TotalBytes, storage.UsedBytes, storage.FreeBytes, fullAt);
}

/// <param name="FreedBytes">How much the removal would give back.</param>
internal sealed record PruneAnswer(string Keep, long FreedBytes, IReadOnlyList<PruneMarkAnswer> Archives);

/// <param name="Mark">keep, remove, or leave: protected and renamed ones are not judged.</param>
internal sealed record PruneMarkAnswer(string Name, int? Vmid, DateTimeOffset Time, long Size, string Mark, string Reason);
