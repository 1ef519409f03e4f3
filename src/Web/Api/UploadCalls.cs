using Microsoft.AspNetCore.Mvc;
using VzDump.Engine.Archives;
using VzDump.Engine.Restores.Uploads;
using VzDump.Web.SignIn;
using VzDump.Web.Uploads;

namespace VzDump.Web.Api;

internal static class UploadCalls
{
    /// <summary>No piece is larger, in bytes.</summary>
    public const long MostPieceBytes = 64 << 20;

    extension(RouteGroupBuilder api)
    {
        public void MapUploads()
        {
            var uploads = api.MapGroup("/storages/{storage}/uploads/{name}").WithTags("uploads").RequireAuthorization(Policies.Operate)
                .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
            uploads.MapPost("/", BeginAsync).WithSummary("Begins to upload an archive, or goes on with one; the answer says from which byte on").Produces<UploadAnswer>().ProducesValidationProblem();
            uploads.MapPut("/", AppendAsync).WithSummary("The next piece of at most 64 MiB; 412 with the right place when it belongs elsewhere")
                .Accepts<byte[]>("application/octet-stream", "*/*").Produces<UploadAnswer>().Produces<UploadAnswer>(StatusCodes.Status412PreconditionFailed)
                .WithMetadata(new RequestSizeLimitAttribute(MostPieceBytes));
            uploads.MapPost("/finish", Finish).WithSummary("All has come: the archive is read to its end, and named when it is sound").Produces<UploadAnswer>(StatusCodes.Status202Accepted);
            uploads.MapGet("/", Find).WithSummary("How far an upload has come").Produces<UploadAnswer>();
            uploads.MapDelete("/", CancelAsync).WithSummary("Ends an upload; nothing of it stays").Produces(StatusCodes.Status204NoContent);
        }
    }

    private static async Task<IResult> BeginAsync(string storage, string name, UploadCall body, Caller caller, UploadDesk desk, CancellationToken cancellation) =>
        ArchiveId.Of(storage, name) is not { } id ? ApiManners.Invalid([("name", $"'{name}' is no name of an archive. Name the file such as vzdump-lxc-101-2026_08_22-03_00_00.tar.zst.")])
        : body.Size is not > 0 ? ApiManners.Invalid([("size", "Give the size of the whole file, in bytes.")])
        : TypedResults.Ok(UploadAnswer.From(await desk.BeginAsync(caller.Rights, id, body.Size.Value, cancellation)));

    private static async Task<IResult> AppendAsync(string storage, string name, long offset, HttpRequest request, Caller caller, UploadDesk desk, CancellationToken cancellation)
    {
        if (Of(storage, name, caller, desk) is not { } upload)
        {
            return ApiManners.NotFound("upload");
        }

        if (request.ContentLength > MostPieceBytes)
        {
            return TypedResults.Problem($"A piece may have {MostPieceBytes} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge, title: "The piece is too large.");
        }

        var isTaken = await desk.AppendAsync(upload, offset, request.Body, cancellation);
        return TypedResults.Json(UploadAnswer.From(upload), statusCode: isTaken ? StatusCodes.Status200OK : StatusCodes.Status412PreconditionFailed);
    }

    private static IResult Finish(string storage, string name, Caller caller, UploadDesk desk)
    {
        if (Of(storage, name, caller, desk) is not { } upload)
        {
            return ApiManners.NotFound("upload");
        }

        desk.Finish(upload);
        return TypedResults.Json(UploadAnswer.From(upload), statusCode: StatusCodes.Status202Accepted);
    }

    private static IResult Find(string storage, string name, Caller caller, UploadDesk desk) => Of(storage, name, caller, desk) is { } upload ? TypedResults.Ok(UploadAnswer.From(upload)) : ApiManners.NotFound("upload");

    private static async Task<IResult> CancelAsync(string storage, string name, Caller caller, UploadDesk desk)
    {
        if (Of(storage, name, caller, desk) is not { } upload)
        {
            return ApiManners.NotFound("upload");
        }

        await desk.CancelAsync(caller.Rights, upload);
        return TypedResults.NoContent();
    }

    private static ArchiveUpload? Of(string storage, string name, Caller caller, UploadDesk desk) => ArchiveId.Of(storage, name) is { } id ? desk.Find(caller.Rights, id) : null;
}

/// <param name="Size">Of the whole file, in bytes.</param>
internal sealed record UploadCall(long? Size = null);

/// <param name="State">receiving, checking, done or damaged.</param>
/// <param name="Received">So many bytes have come; the next piece belongs there.</param>
/// <param name="Checked">So many bytes were checked.</param>
/// <param name="Problem">Why it was not taken over.</param>
internal sealed record UploadAnswer(string State, long Size, long Received, long Checked, string? Problem)
{
    public static UploadAnswer From(ArchiveUpload upload) => new(upload.State.ToString().ToLowerInvariant(), upload.Size, upload.Received, upload.Checked, upload.Problem);
}
