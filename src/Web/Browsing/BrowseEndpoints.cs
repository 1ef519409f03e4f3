using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Web.SignIn;

namespace VzDump.Web.Browsing;

internal static class BrowseEndpoints
{
    extension(WebApplication app)
    {
        public void MapBrowsing()
        {
            app.MapGet("/archives/file", OneAsync).RequireAuthorization(Policies.Operate);
            app.MapPost("/archives/files", SeveralAsync).RequireAuthorization(Policies.Operate);
        }
    }

    private static async Task<IResult> OneAsync(string archive, string path, BrowseDesk desk, RightsBook book, HttpContext http)
    {
        if (ArchiveId.TryParse(archive) is not { } id || !MemberPath.TryParse(path, out var place))
        {
            return Results.NotFound();
        }

        try
        {
            var file = await desk.DownloadAsync(await book.OfAsync(http.User, http.RequestAborted), id, place, http.RequestAborted);
            http.Response.RegisterForDisposeAsync(file);
            http.Response.ContentLength = file.Entry.Size;
            return Results.Stream(file.Content, "application/octet-stream", place.Name, file.Entry.Modified);
        }
        catch (ProblemException problem)
        {
            return Results.Text(problem.Message, statusCode: StatusCodes.Status404NotFound);
        }
    }

    private static async Task<IResult> SeveralAsync(IFormCollection form, BrowseDesk desk, RightsBook book, HttpContext http)
    {
        var (archive, format) = (form["archive"].ToString(), form["format"].ToString());
        var paths = new List<MemberPath>();
        foreach (var text in form["path"])
        {
            if (!MemberPath.TryParse(text, out var place))
            {
                return Results.NotFound();
            }

            paths.Add(place);
        }

        if (ArchiveId.TryParse(archive) is not { } id || format is not ("zip" or "tar.zst"))
        {
            return Results.NotFound();
        }

        try
        {
            var write = await desk.DownloadAsync(await book.OfAsync(http.User, http.RequestAborted), id, paths, format is "zip" ? TakenFormat.Zip : TakenFormat.TarZst, http.RequestAborted);
            var name = paths is [{ IsRoot: false } only] ? only.Name : ArchiveName.StemOf(id.Name);
            return Results.Stream(stream => write(stream, http.RequestAborted), format is "zip" ? "application/zip" : "application/zstd", $"{name}.{format}");
        }
        catch (ProblemException problem)
        {
            return Results.Text(problem.Message, statusCode: StatusCodes.Status404NotFound);
        }
    }
}
