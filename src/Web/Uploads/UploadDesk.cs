using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Restores.Uploads;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Web.SignIn;

namespace VzDump.Web.Uploads;

/// <summary>Uploads of archives for pages and endpoints, no further than the rights of who asks allow: the name says whose archive it is.</summary>
public sealed class UploadDesk(ArchiveUploads uploads, StorageInventory storages, AuditTrail audit)
{
    /// <summary>Names of the storages that can take one now.</summary>
    /// <exception cref="ProblemException">He may not, or storage.cfg cannot be read.</exception>
    public async Task<IReadOnlyList<StorageState>> ListStoragesAsync(Rights rights, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        return [.. (await storages.ListAsync(cancellation)).Where(storage => storage.IsActive)];
    }

    /// <exception cref="ProblemException">He may not, or it cannot be taken.</exception>
    public async Task<ArchiveUpload> BeginAsync(Rights rights, ArchiveId id, long size, CancellationToken cancellation)
    {
        Need(rights, id);
        var upload = await uploads.BeginAsync(id, size, cancellation);
        await audit.AddAsync(rights.Who, upload.Received == 0 ? "upload begun" : "upload gone on with", id.ToString(), $"{size} bytes", CancellationToken.None);
        return upload;
    }

    /// <summary>Null when there is none for him.</summary>
    public ArchiveUpload? Find(Rights rights, ArchiveId id) => rights.May(Role.Operator, id.Guest) ? uploads.Find(id) : null;

    public Task<bool> AppendAsync(ArchiveUpload upload, long offset, Stream content, CancellationToken cancellation) => uploads.AppendAsync(upload, offset, content, cancellation);

    public void Finish(ArchiveUpload upload) => uploads.Finish(upload);

    public async Task CancelAsync(Rights rights, ArchiveUpload upload)
    {
        await uploads.CancelAsync(upload);
        await audit.AddAsync(rights.Who, "upload cancelled", upload.Id.ToString(), null, CancellationToken.None);
    }

    private static void Need(Rights rights, ArchiveId id)
    {
        rights.Need(Role.Operator);
        if (id.Guest is { } guest)
        {
            rights.Need(Role.Operator, guest);
        }
    }
}
