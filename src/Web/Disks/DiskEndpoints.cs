using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.Disks;
using VzDump.Web.Archives;
using VzDump.Web.SignIn;

namespace VzDump.Web.Disks;

internal static class DiskEndpoints
{
    extension(WebApplication app)
    {
        public void MapDisks()
        {
            var disk = app.MapGroup("/archives/disk").RequireAuthorization(Policies.Operate).AddEndpointFilter(TellAsync);
            disk.MapGet("/file", FileAsync);
            disk.MapGet("/folder", FolderAsync);
            disk.MapGet("/image", ImageAsync);
        }
    }

    /// <summary>A file's content as an answer.</summary>
    public static IResult Answer(DiskFile file, HttpContext http)
    {
        http.Response.RegisterForDisposeAsync(file);
        http.Response.ContentLength = file.Entry.Size;
        return TypedResults.Stream(file.Content, "application/octet-stream", file.Entry.Path.Name, file.Entry.Modified);
    }

    /// <summary>A raw image as an answer, with ranges, so that what broke off goes on where it was.</summary>
    public static IResult Answer(DiskImage image, string name) => TypedResults.PhysicalFile(image.Path, "application/octet-stream", name, enableRangeProcessing: true);

    private static async ValueTask<object?> TellAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ProblemException problem)
        {
            return Results.Text(problem.Message, statusCode: StatusCodes.Status404NotFound);
        }
    }

    private static async Task<IResult> FileAsync(string archive, string disk, string volume, string path, DiskDesk desk, RightsBook book, HttpContext http) =>
        PlaceOf(archive, disk, volume, path) is { } place ? Answer(await desk.DownloadAsync(await book.OfAsync(http.User, http.RequestAborted), place, http.RequestAborted), http) : Results.NotFound();

    private static async Task<IResult> FolderAsync(string archive, string disk, string volume, string? path, DiskDesk desk, RightsBook book, HttpContext http)
    {
        if (PlaceOf(archive, disk, volume, path) is not { } place)
        {
            return Results.NotFound();
        }

        var write = await desk.DownloadFolderAsync(await book.OfAsync(http.User, http.RequestAborted), place, http.RequestAborted);
        return Results.Stream(stream => write(stream, http.RequestAborted), "application/zstd", $"{(place.Path.IsRoot ? disk : place.Path.Name)}.tar.zst");
    }

    private static async Task<IResult> ImageAsync(string archive, string disk, string format, DiskDesk desk, RightsBook book, HttpContext http)
    {
        if (ArchiveId.TryParse(archive) is not { } id || format is not ("raw" or "raw.zst"))
        {
            return Results.NotFound();
        }

        var image = await desk.DownloadImageAsync(await book.OfAsync(http.User, http.RequestAborted), id, disk, http.RequestAborted);
        var name = $"{ArchiveName.StemOf(id.Name)}-{disk}.{format}";
        return format is "raw" ? Answer(image, name) : Results.Stream(stream => desk.WriteZstdAsync(image, stream, http.RequestAborted), "application/zstd", name);
    }

    private static DiskPlace? PlaceOf(string archive, string disk, string volume, string? path) =>
        ArchiveId.TryParse(archive) is { } id && MemberPath.TryParse(path, out var place) ? new DiskPlace(id, disk, volume, place) : null;
}
