using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Web.Browsing;

namespace VzDump.Web.Api;

internal static class BrowseCalls
{
    private const int MostListed = 1000;

    extension(RouteGroupBuilder api)
    {
        public void MapBrowsing()
        {
            var files = api.MapGroup("/archives/{storage}/{name}/files").WithTags("archives").ProducesProblem(StatusCodes.Status404NotFound);
            files.MapGet("/", ListAsync).WithSummary("What is in a folder of a container's archive, or bears a text in its name; 202 while the archive is read for the first time")
                .Produces<FilesAnswer>().Produces<ReadingAnswer>(StatusCodes.Status202Accepted);
            files.MapGet("/content", ContentAsync).WithSummary("A file's content, for operators of the guest").Produces<byte[]>(contentType: "application/octet-stream");
        }
    }

    private static async Task<IResult> ListAsync(string storage, string name, Caller caller, BrowseDesk desk, HttpContext http, string? path, string? find, long? skip, CancellationToken cancellation)
    {
        if (ArchiveId.Of(storage, name) is not { } id || !MemberPath.TryParse(path, out var folder) || await desk.FindAsync(caller.Rights, id, cancellation) is not { } found)
        {
            return ApiManners.NotFound("archive");
        }

        if (found.Tree is not { } tree)
        {
            var making = await desk.MakeAsync(caller.Rights, id, again: false, cancellation);
            if (making.Done.IsFaulted)
            {
                await making.Done;
            }

            http.Response.Headers.RetryAfter = "2";
            return TypedResults.Json(new ReadingAnswer(making.Progress.DoneBytes, making.Progress.TotalBytes), statusCode: StatusCodes.Status202Accepted);
        }

        return await desk.ListAsync(caller.Rights, found.Archive, folder, find, Math.Max(0, skip ?? 0), MostListed, cancellation) is { } part
            ? TypedResults.Ok(new FilesAnswer(part.Count, tree.Problem, [.. part.Entries.Select(FileAnswer.From)]))
            : ApiManners.NotFound("folder");
    }

    private static async Task<IResult> ContentAsync(string storage, string name, Caller caller, BrowseDesk desk, HttpContext http, string path, CancellationToken cancellation)
    {
        if (ArchiveId.Of(storage, name) is not { } id || !MemberPath.TryParse(path, out var place))
        {
            return ApiManners.NotFound("file");
        }

        var file = await desk.DownloadAsync(caller.Rights, id, place, cancellation);
        http.Response.RegisterForDisposeAsync(file);
        http.Response.ContentLength = file.Entry.Size;
        return TypedResults.Stream(file.Content, "application/octet-stream", place.Name, file.Entry.Modified);
    }
}

/// <param name="Count">Of all there are; at most 1000 are answered at once, the next ones with <c>skip</c>.</param>
/// <param name="Problem">What ends a damaged archive early.</param>
internal sealed record FilesAnswer(long Count, string? Problem, IReadOnlyList<FileAnswer> Files);

/// <param name="Path">What is no letter that can be shown stands as <c>\x1b</c>, a backslash as two.</param>
/// <param name="Kind">folder, file, link, hardLink, device or pipe.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Mode">In octal digits.</param>
internal sealed record FileAnswer(string Path, string Kind, long Size, string Mode, long User, long Group, DateTimeOffset? Modified, string? Link)
{
    public static FileAnswer From(TreeEntry entry)
    {
        var kind = entry.Kind.ToString();
        return new(entry.Path.ToString(), char.ToLowerInvariant(kind[0]) + kind[1..], entry.Size, Convert.ToString(entry.Mode, 8), entry.User, entry.Group, entry.Modified, entry.Link.Length > 0 ? entry.Link : null);
    }
}

/// <summary>How far an archive has been read, in bytes of its file.</summary>
internal sealed record ReadingAnswer(long DoneBytes, long TotalBytes);
