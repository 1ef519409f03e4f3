using System.Globalization;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Web.Archives;
using VzDump.Web.Restores;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class RestoreCalls
{
    extension(RouteGroupBuilder api)
    {
        public void MapRestores()
        {
            var one = api.MapGroup("/archives/{storage}/{name}").WithTags("archives").ProducesProblem(StatusCodes.Status404NotFound);
            one.MapGet("/download", DownloadAsync).WithSummary("The archive's file, with ranges; for operators of its guest").Produces<byte[]>(contentType: "application/octet-stream");
            one.MapPost("/verify", VerifyAsync).WithSummary("Starts a check of the archive").RequireAuthorization(Policies.Operate).Produces<StartedAnswer>(StatusCodes.Status201Created);
            one.MapPost("/restore/plan", (string storage, string name, RestoreCall body, Caller caller, RestoreDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, body, caller, desk, async (_, request) => TypedResults.Ok(PlanAnswer.From(await desk.PlanAsync(caller.Rights, request, cancellation))), cancellation))
                .WithSummary("What a restore would make and replace; nothing is done").RequireAuthorization(Policies.Operate)
                .Produces<PlanAnswer>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status409Conflict);
            one.MapPost("/restore", (string storage, string name, RestoreCall body, Caller caller, RestoreDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, body, caller, desk, async (id, request) => Started(await desk.StartAsync(caller.Rights, id, request, cancellation)), cancellation))
                .WithSummary("Starts a restore").RequireAuthorization(Policies.Operate)
                .Produces<StartedAnswer>(StatusCodes.Status201Created).ProducesValidationProblem().ProducesProblem(StatusCodes.Status409Conflict);
        }
    }

    private static async Task<IResult> DownloadAsync(string storage, string name, Caller caller, ArchiveDesk desk, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id && await desk.DownloadAsync(caller.Rights, id, cancellation) is { } found && ArchiveEndpoints.FileOf(found) is { } file ? file : ApiManners.NotFound("archive");

    private static async Task<IResult> VerifyAsync(string storage, string name, Caller caller, ArchiveDesk archives, RestoreDesk desk, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id && await archives.FindAsync(caller.Rights, id, cancellation) is not null
            ? Started(await desk.VerifyAsync(caller.Rights, id, cancellation))
            : ApiManners.NotFound("archive");

    private static async Task<IResult> WithAsync(
        string storage, string name, RestoreCall body, Caller caller, RestoreDesk desk, Func<ArchiveId, RestoreRequest, Task<IResult>> act, CancellationToken cancellation)
    {
        if (ArchiveId.Of(storage, name) is not { } id || await desk.FindAsync(caller.Rights, id, cancellation) is not { } subject)
        {
            return ApiManners.NotFound("archive");
        }

        var draft = body.DraftFor(subject);
        if (draft.Problem is { } problem)
        {
            return ApiManners.Invalid([(GuestId.TryParse(draft.Target, out _) ? "bandwidthLimitKiB" : "vmid", problem)]);
        }

        var replaced = subject.Guests.FirstOrDefault(state => state.Guest.Id.ToString() == draft.Target)?.Guest;
        return body.Replace && replaced is not null && replaced.Name != body.ReplacedName
            ? ApiManners.Invalid([("replacedName", $"Give the name of the guest that is replaced, to say that its data of today may be lost: '{replaced.Name}'.")])
            : await act(id, draft.ToRequest(subject.Archive.Path, replaced) with { ReplacedName = body.Replace ? body.ReplacedName ?? "" : null }); // whoever has the VMID when its turn comes must bear that name
    }

    private static IResult Started(Guid run) => TypedResults.Created($"/api/{ApiEndpoints.Version}/runs/{run}", new StartedAnswer(run));
}

/// <param name="Vmid">Null for the archive's own when it is free, else for the next free one.</param>
/// <param name="Replace">Whether the guest that has the VMID is to be replaced.</param>
/// <param name="ReplacedName">Its name, when one is replaced.</param>
/// <param name="Storage">For volumes that have none of their own.</param>
/// <param name="StorageOf">By the volume's key, such as <c>scsi0</c>.</param>
/// <param name="BandwidthLimitKiB">In KiB per second; 0 for none.</param>
internal sealed record RestoreCall(
    int? Vmid = null, bool Replace = false, string? ReplacedName = null, string? Storage = null, Dictionary<string, string?>? StorageOf = null, bool? Unique = null, bool Start = false,
    long? BandwidthLimitKiB = null, bool? Unprivileged = null, string? Name = null, int? Memory = null, int? Cores = null)
{
    /// <summary>What the restore page would hold after these choices.</summary>
    public RestoreDraft DraftFor(RestoreSubject subject)
    {
        var draft = RestoreDraft.For(subject.Archive.Guest, [.. subject.Guests.Select(state => state.Guest.Id)], subject.NextFree);
        draft.Target = Vmid?.ToString(CultureInfo.InvariantCulture) ?? draft.Target;
        draft.Unique = Unique ?? (Vmid is null ? draft.Unique : !Replace && Vmid != subject.Archive.Guest?.Value);
        (draft.Replace, draft.Storage, draft.StartAfter, draft.BandwidthLimitKiB) = (Replace, Storage, Start, BandwidthLimitKiB);
        (draft.Unprivileged, draft.Name, draft.Memory, draft.Cores) = (Unprivileged, Name, Memory, Cores);
        foreach (var (key, storage) in StorageOf ?? [])
        {
            draft.StorageOf[key] = storage ?? "";
        }

        return draft;
    }
}

/// <param name="Replaces">Name of the guest that is replaced; null for a new one.</param>
/// <param name="Removes">Volumes of the replaced guest that are removed once the new one is complete.</param>
/// <param name="Warnings">Sentences about what will not be as it was.</param>
internal sealed record PlanAnswer(int Vmid, string Name, string Config, IReadOnlyList<PlannedVolume> Volumes, string? Replaces, IReadOnlyList<string> Removes, IReadOnlyList<string> Warnings)
{
    public static PlanAnswer From(RestorePlan plan) => new(
        plan.Request.Target.Value, plan.Name, plan.Config, [.. plan.Volumes.Select(volume => new PlannedVolume(volume.Key, volume.Id, volume.SizeBytes))], plan.Replaces?.Name, [.. plan.Removes.Select(old => old.Id)], plan.Warnings);
}

/// <param name="Size">In bytes; 0 for a folder.</param>
internal sealed record PlannedVolume(string Key, string Volume, long Size);
