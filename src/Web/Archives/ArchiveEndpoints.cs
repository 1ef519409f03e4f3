using VzDump.Engine.Archives;
using VzDump.Web.SignIn;

namespace VzDump.Web.Archives;

internal static class ArchiveEndpoints
{
    extension(WebApplication app)
    {
        public void MapArchives() => app.MapGet("/archives/download", DownloadAsync).RequireAuthorization(Policies.View);
    }

    /// <summary>With ranges, so that what broke off goes on where it was; null when it is no file any more.</summary>
    public static IResult? FileOf(Archive archive) => new FileInfo(archive.Path) is { Exists: true, LinkTarget: null } file
        ? Results.File(file.FullName, "application/octet-stream", file.Name, new DateTimeOffset(file.LastWriteTimeUtc), enableRangeProcessing: true)
        : null;

    private static async Task<IResult> DownloadAsync(string archive, ArchiveDesk desk, RightsBook book, HttpContext context)
    {
        var rights = await book.OfAsync(context.User, context.RequestAborted);
        return ArchiveId.TryParse(archive) is { } id && await desk.DownloadAsync(rights, id, context.RequestAborted) is { } found && FileOf(found) is { } file ? file : Results.NotFound();
    }
}
