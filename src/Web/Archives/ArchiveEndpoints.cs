using VzDump.Engine.Archives;
using VzDump.Web.SignIn;

namespace VzDump.Web.Archives;

internal static class ArchiveEndpoints
{
    extension(WebApplication app)
    {
        public void MapArchives() => app.MapGet("/archives/download", DownloadAsync).RequireAuthorization(Policies.View);
    }

    // With ranges, so that what broke off goes on where it was.
    private static async Task<IResult> DownloadAsync(string archive, ArchiveDesk desk, RightsBook book, HttpContext context)
    {
        var rights = await book.OfAsync(context.User, context.RequestAborted);
        if (ArchiveId.TryParse(archive) is not { } id || await desk.DownloadAsync(rights, id, context.RequestAborted) is not { } found || new FileInfo(found.Path) is not { Exists: true, LinkTarget: null } file)
        {
            return Results.NotFound();
        }

        return Results.File(file.FullName, "application/octet-stream", file.Name, new DateTimeOffset(file.LastWriteTimeUtc), enableRangeProcessing: true);
    }
}
