using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Jobs.History;
using VzDump.Web.Archives;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class ArchiveCalls
{
    extension(RouteGroupBuilder api)
    {
        public void MapArchives()
        {
            var archives = api.MapGroup("/archives").WithTags("archives");
            archives.MapGet("/", ListAsync).WithSummary("Archives of all storages, newest first");
            var one = archives.MapGroup("/{storage}/{name}").ProducesProblem(StatusCodes.Status404NotFound);
            one.MapGet("/", (string storage, string name, Caller caller, ArchiveDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, caller, desk, async (_, found) => TypedResults.Ok(ArchiveAnswer.From(found, await desk.ListChecksAsync(cancellation))), cancellation)).WithSummary("One archive").Produces<ArchiveAnswer>();
            one.MapGet("/log", (string storage, string name, Caller caller, ArchiveDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, caller, desk, async (id, _) => TypedResults.Text(string.Join('\n', (await desk.ReadLogAsync(caller.Rights, id, cancellation)).Lines) + "\n"), cancellation))
                .WithSummary("The log beside an archive").Produces<string>(contentType: "text/plain");
            one.MapGet("/config", (string storage, string name, Caller caller, ArchiveDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, caller, desk, async (id, _) => TypedResults.Text((await desk.ReadConfigAsync(caller.Rights, id, cancellation)).Config), cancellation))
                .WithSummary("The guest's configuration in an archive").Produces<string>(contentType: "text/plain");
            one.MapPut("/notes", (string storage, string name, NotesCall body, Caller caller, ArchiveDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, caller, desk, id => desk.SetNotesAsync(caller.Rights, id, body.Notes, cancellation), cancellation))
                .WithSummary("Replaces the notes of an archive; empty ones are removed").RequireAuthorization(Policies.Operate).Produces(StatusCodes.Status204NoContent);
            one.MapPut("/protected", (string storage, string name, ProtectedCall body, Caller caller, ArchiveDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, caller, desk, id => desk.SetProtectedAsync(caller.Rights, id, body.Protected, cancellation), cancellation))
                .WithSummary("Protects an archive, or takes its protection away").RequireAuthorization(Policies.Operate).Produces(StatusCodes.Status204NoContent);
            one.MapDelete("/", (string storage, string name, Caller caller, ArchiveDesk desk, CancellationToken cancellation) =>
                WithAsync(storage, name, caller, desk, id => desk.RemoveAsync(caller.Rights, id, cancellation), cancellation))
                .WithSummary("Deletes an archive with its log and notes; a protected one is refused").RequireAuthorization(Policies.Delete).Produces(StatusCodes.Status204NoContent);
        }
    }

    private static async Task<IReadOnlyList<ArchiveAnswer>> ListAsync(Caller caller, ArchiveDesk desk, int? guest, string? storage, string? type, CancellationToken cancellation)
    {
        var checks = await desk.ListChecksAsync(cancellation);
        return
        [
            .. new ArchiveFilter { Guest = guest?.ToString(System.Globalization.CultureInfo.InvariantCulture), Storage = storage, Kind = type }
                .Of((await desk.ListAsync(caller.Rights, cancellation)).Archives).Select(archive => ArchiveAnswer.From(archive, checks)),
        ];
    }

    private static Task<IResult> WithAsync(string storage, string name, Caller caller, ArchiveDesk desk, Func<ArchiveId, Task> act, CancellationToken cancellation) => WithAsync(
        storage, name, caller, desk,
        async (id, _) =>
        {
            await act(id);
            return TypedResults.NoContent();
        },
        cancellation);

    private static async Task<IResult> WithAsync(string storage, string name, Caller caller, ArchiveDesk desk, Func<ArchiveId, Archive, Task<IResult>> act, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id && await desk.FindAsync(caller.Rights, id, cancellation) is { } found ? await act(id, found) : ApiManners.NotFound("archive");
}

/// <param name="Vmid">Null for a renamed archive, whose name gives none.</param>
/// <param name="Type">qemu or lxc.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Notes">Their first line.</param>
/// <param name="Check">How the last check of it ended; null when there was none.</param>
internal sealed record ArchiveAnswer(string Storage, string Name, int? Vmid, string Type, DateTimeOffset Time, long Size, bool Protected, bool Renamed, string Notes, bool HasLog, CheckAnswer? Check)
{
    public static ArchiveAnswer From(Archive archive, IReadOnlyDictionary<string, CheckedArchive> checks) => new(
        archive.Storage, archive.Name, archive.Guest?.Value, archive.Kind.VzdumpName, archive.Time, archive.Size, archive.IsProtected, archive.IsRenamed, archive.Notes, archive.LogPath is not null,
        checks.TryGetValue(archive.Path, out var check) ? new CheckAnswer(check.IsSound, check.At, check.Problem, check.Run) : null);
}

/// <param name="Problem">What is wrong with it, or why it could not be checked; null when it is sound.</param>
internal sealed record CheckAnswer(bool Sound, DateTimeOffset At, string? Problem, Guid Run);

internal sealed record NotesCall(string Notes);

internal sealed record ProtectedCall(bool Protected);
