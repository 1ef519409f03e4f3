using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Web.Archives;
using VzDump.Web.Disks;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class DiskCalls
{
    extension(RouteGroupBuilder api)
    {
        public void MapDisks()
        {
            var disks = api.MapGroup("/archives/{storage}/{name}/disks").WithTags("archives").ProducesProblem(StatusCodes.Status404NotFound);
            disks.MapGet("/", ListAsync).WithSummary("The disks in a machine's archive").Produces<IReadOnlyList<DiskAnswer>>();
            var disk = disks.MapGroup("/{disk}").RequireAuthorization(Policies.Operate).ProducesProblem(StatusCodes.Status409Conflict);
            disk.MapPost("/unpack", UnpackAsync).WithSummary("Unpack a disk for an hour, so that it can be read; 202 until it is done. For operators of the machine").Produces<DiskAnswer>().Produces<ReadingAnswer>(StatusCodes.Status202Accepted);
            disk.MapGet("/image", ImageAsync).WithSummary("The raw image of a disk that was unpacked, with ranges").Produces<byte[]>(contentType: "application/octet-stream");
            disk.MapGet("/volumes", VolumesAsync).WithSummary("The file systems on a disk that was unpacked").Produces<IReadOnlyList<VolumeAnswer>>();
            disk.MapGet("/files", FilesAsync).WithSummary("What is in a folder of a file system, or bears a text in its name below it").Produces<FilesAnswer>();
            disk.MapGet("/files/content", ContentAsync).WithSummary("A file's content").Produces<byte[]>(contentType: "application/octet-stream");
        }
    }

    private static async Task<IResult> ListAsync(string storage, string name, Caller caller, DiskDesk desk, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id && await desk.FindAsync(caller.Rights, id, cancellation) is { } found ? TypedResults.Ok(found.Disks.Select(DiskAnswer.From).ToList()) : ApiManners.NotFound("archive");

    private static async Task<IResult> UnpackAsync(string storage, string name, string disk, Caller caller, DiskDesk desk, HttpContext http, CancellationToken cancellation)
    {
        if (ArchiveId.Of(storage, name) is not { } id || await desk.FindAsync(caller.Rights, id, cancellation) is not { } found || found.Disks.FirstOrDefault(each => each.Name == disk) is not { } known)
        {
            return ApiManners.NotFound("disk");
        }

        if (known.Image is not null)
        {
            return TypedResults.Ok(DiskAnswer.From(known));
        }

        var reading = await desk.UnpackAsync(caller.Rights, id, disk, again: false, cancellation);
        if (reading.Done.IsFaulted)
        {
            await reading.Done;
        }

        http.Response.Headers.RetryAfter = "2";
        return TypedResults.Json(new ReadingAnswer(reading.Progress.DoneBytes, reading.Progress.TotalBytes), statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> ImageAsync(string storage, string name, string disk, Caller caller, DiskDesk desk, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id ? DiskEndpoints.Answer(await desk.DownloadImageAsync(caller.Rights, id, disk, cancellation), $"{ArchiveName.StemOf(name)}-{disk}.raw") : ApiManners.NotFound("archive");

    private static async Task<IResult> VolumesAsync(string storage, string name, string disk, Caller caller, DiskDesk desk, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id
            ? TypedResults.Ok((await desk.ListVolumesAsync(caller.Rights, id, disk, cancellation)).Select(volume => new VolumeAnswer(volume.Device, volume.FileSystem, volume.Size, volume.Label, volume.HasFiles)).ToList())
            : ApiManners.NotFound("archive");

    private static async Task<IResult> FilesAsync(string storage, string name, string disk, string volume, string? path, string? find, Caller caller, DiskDesk desk, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id && MemberPath.TryParse(path, out var place) && await desk.ListAsync(caller.Rights, new DiskPlace(id, disk, volume, place), find, cancellation) is { } entries
            ? TypedResults.Ok(new FilesAnswer(entries.Count, null, [.. entries.Select(FileAnswer.From)]))
            : ApiManners.NotFound("folder");

    private static async Task<IResult> ContentAsync(string storage, string name, string disk, string volume, string path, Caller caller, DiskDesk desk, HttpContext http, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is { } id && MemberPath.TryParse(path, out var place)
            ? DiskEndpoints.Answer(await desk.DownloadAsync(caller.Rights, new DiskPlace(id, disk, volume, place), cancellation), http)
            : ApiManners.NotFound("file");
}

/// <param name="Size">In bytes.</param>
/// <param name="UsedBytes">Known while it is unpacked.</param>
internal sealed record DiskAnswer(string Name, long Size, bool IsUnpacked, long? UsedBytes)
{
    public static DiskAnswer From(Engine.Browsing.Disks.ArchivedDisk disk) => new(disk.Name, disk.Size, disk.Image is not null, disk.Image?.UsedBytes);
}

/// <param name="Device">To be given as <c>volume</c>, e.g. <c>/dev/sda1</c>.</param>
/// <param name="Size">In bytes; null when it is not known.</param>
internal sealed record VolumeAnswer(string Device, string FileSystem, long? Size, string Label, bool HasFiles);
