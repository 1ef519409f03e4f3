using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Jobs.History;
using VzDump.Web.Archives;
using VzDump.Web.Guests;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class GuestCalls
{
    extension(RouteGroupBuilder api)
    {
        public void MapGuests()
        {
            var guests = api.MapGroup("/guests").WithTags("guests");
            guests.MapGet("/", ListAsync).WithSummary("The guests of this node with their last backups");
            guests.MapGet("/{vmid:int}", FindAsync).WithSummary("One guest").Produces<GuestAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        }
    }

    private static async Task<IReadOnlyList<GuestAnswer>> ListAsync(Caller caller, GuestInventory inventory, ArchiveDesk archives, CancellationToken cancellation)
    {
        var listing = caller.Rights.See(await inventory.ListAsync(cancellation));
        var checks = await archives.ListChecksAsync(cancellation);
        var newest = (await archives.ListAsync(caller.Rights, cancellation)).Archives.Where(archive => archive.Guest is not null)
            .GroupBy(archive => (archive.Guest!.Value, archive.Kind)).ToDictionary(group => group.Key, group => group.MaxBy(archive => archive.Time));
        return [.. listing.Guests.Select(state => GuestAnswer.From(state, newest.GetValueOrDefault((state.Guest.Id, state.Guest.Kind)), checks))];
    }

    private static async Task<IResult> FindAsync(int vmid, Caller caller, GuestInventory inventory, ArchiveDesk archives, CancellationToken cancellation) =>
        (await ListAsync(caller, inventory, archives, cancellation)).FirstOrDefault(guest => guest.Vmid == vmid) is { } found ? TypedResults.Ok(found) : ApiManners.NotFound("guest");
}

/// <param name="Type">qemu or lxc.</param>
/// <param name="Lock">Why its configuration is locked; null when it is not.</param>
/// <param name="LastBackup">Null when there is none.</param>
internal sealed record GuestAnswer(int Vmid, string Type, string Name, string Status, string? Lock, ArchiveAnswer? LastBackup)
{
    public static GuestAnswer From(GuestState state, Archive? last, IReadOnlyDictionary<string, CheckedArchive> checks) => new(
        state.Guest.Id.Value, state.Guest.Kind.VzdumpName, state.Guest.Name, state.Status.ToString().ToLowerInvariant(), state.Lock, last is null ? null : ArchiveAnswer.From(last, checks));
}
