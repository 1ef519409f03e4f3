using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;
using VzDump.Engine.Storages;
using VzDump.Web.OptionForms;

namespace VzDump.Web.SavedJobs;

/// <summary>Reads what stands around a job while it is edited. What cannot be read is told, and keeps nobody from editing the rest.</summary>
public sealed class JobEditing(GuestInventory guests, ClusterGuests cluster, NodePaths paths, OptionReading options, ArchiveCatalogue archives)
{
    public async Task<JobSurroundings> ReadAsync(CancellationToken cancellation)
    {
        var problems = new List<string>();
        var reading = options.ReadAsync("this job", problems, cancellation);
        var listing = await guests.ListAsync(cancellation);
        var context = await reading;
        var users = await OptionReading.TryAsync(problems, () => UserConfig.ReadAsync(paths, cancellation), UserConfig.Parse("", ""));
        var others = await OptionReading.TryAsync(problems, () => Task.FromResult(cluster.OfOtherNodes()), []);
        var node = new NodeGuests([.. listing.Guests.Select(state => state.Guest).OrderBy(guest => guest.Id)], others, users.Pools, listing.Problems);
        return new JobSurroundings(node, context, [.. problems, .. listing.Problems]);
    }

    /// <summary>For the preview of a retention; storages that do not answer take their time.</summary>
    public async Task<IReadOnlyList<Archive>> ReadArchivesAsync(CancellationToken cancellation) => (await archives.ListAsync(cancellation)).Archives;
}

/// <param name="Problems">Sentences about what could not be read.</param>
public sealed record JobSurroundings(NodeGuests Node, OptionContext Context, IReadOnlyList<string> Problems);
