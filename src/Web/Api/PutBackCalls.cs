using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Web.Archives;
using VzDump.Web.Browsing;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class PutBackCalls
{
    extension(RouteGroupBuilder api)
    {
        public void MapPutBack() => api.MapPost("/archives/{storage}/{name}/files/restore", StartAsync).WithTags("archives")
            .WithSummary("Starts to put files of a container's archive into a container, once they are listed").RequireAuthorization(Policies.Operate)
            .Produces<StartedAnswer>(StatusCodes.Status201Created).ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> StartAsync(string storage, string name, PutBackCall body, Caller caller, ArchiveDesk archives, PutBackDesk desk, CancellationToken cancellation)
    {
        if (ArchiveId.Of(storage, name) is not { } id || await archives.FindAsync(caller.Rights, id, cancellation) is not { } archive)
        {
            return ApiManners.NotFound("archive");
        }

        if (body.Paths is not { Count: > 0 })
        {
            return ApiManners.Invalid([("paths", "Give at least one path, as the list of files has it.")]);
        }

        return (body.Vmid is { } vmid ? GuestId.TryParse($"{vmid}", out var given) ? given : null : archive.Guest) is { } target
            ? Started(await desk.StartAsync(caller.Rights, id, body.Paths, target, body.Folder, cancellation))
            : ApiManners.Invalid([("vmid", "Give the VMID of the container that the files go into.")]);
    }

    private static IResult Started(Guid run) => TypedResults.Created($"/api/{ApiEndpoints.Version}/runs/{run}", new StartedAnswer(run));
}

/// <param name="Paths">Files, or folders with all that is in them.</param>
/// <param name="Vmid">Null for the archive's own container.</param>
/// <param name="Folder">Where in the container, e.g. <c>/restored</c>; null for each file's own place, where files of the same name are replaced.</param>
internal sealed record PutBackCall(IReadOnlyList<string>? Paths = null, int? Vmid = null, string? Folder = null);
