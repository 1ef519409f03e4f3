using System.Globalization;
using System.Text;
using VzDump.Engine;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.StorageUse;
using VzDump.Web.Archives;
using VzDump.Web.Guests;
using VzDump.Web.Proofs;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

/// <summary>What Prometheus reads, in its text format: as much of it as the caller may see.</summary>
// e.g. vzdump_guest_last_success_timestamp_seconds{vmid="101",type="lxc",name="web"} 1787281200
internal static class Metrics
{
    private const int NewestRuns = 100;
    private static readonly TimeSpan Past = TimeSpan.FromDays(45);

    public static async Task<IResult> WriteAsync(
        Caller caller, GuestInventory guests, ArchiveDesk archives, ProofDesk proofs, PastBackups past, StorageInventory storages, StorageTrends trends, RunDesk runs, TimeProvider time, CancellationToken cancellation)
    {
        var (rights, now, text) = (caller.Rights, time.GetUtcNow(), new MetricText());
        var kept = (await archives.ListAsync(rights, cancellation)).Archives;
        var ofGuest = kept.Where(archive => archive.Guest is not null).ToLookup(archive => (archive.Guest!.Value, archive.Kind));
        var history = rights.See(await past.ListAsync(now - Past, cancellation)).Backups.ToLookup(backup => backup.Guest);
        var proven = (await proofs.ListAsync(rights, cancellation)).Guests;
        foreach (var state in rights.See(await guests.ListAsync(cancellation)).Guests)
        {
            Add(text, state.Guest, ofGuest[(state.Guest.Id, state.Guest.Kind)].MaxBy(archive => archive.Time), [.. history[state.Guest.Id]], now);
            AddProof(text, state.Guest, proven.GetValueOrDefault(state.Guest.Id));
        }

        var working = await runs.ListAsync(rights, 0, NewestRuns, cancellation);
        text.Add("vzdump_runs_waiting", "Runs that wait for their turn.", working.Count(run => run.State is RunState.Queued));
        text.Add("vzdump_runs_working", "Runs that are at work.", working.Count(run => run.State is RunState.Running));
        foreach (var archive in kept.GroupBy(archive => archive.Storage))
        {
            text.Add("vzdump_storage_archives", "Archives on a storage.", archive.Count(), ("storage", archive.Key));
            text.Add("vzdump_storage_archive_bytes", "Size of the archives on a storage.", archive.Sum(one => one.Size), ("storage", archive.Key));
        }

        await AddStoragesAsync(text, storages, trends, cancellation);
        return Results.Text(text.ToString(), "text/plain; version=0.0.4", Encoding.UTF8);
    }

    private static void AddProof(MetricText text, Guest guest, GuestProof? proof)
    {
        (string, string)[] who = [("vmid", guest.Id.ToString()), ("type", guest.Kind.VzdumpName), ("name", guest.Name)];
        if (proof is not null)
        {
            text.Add("vzdump_guest_last_restore_test_ok", "Whether the guest came back in its last restore test.", proof.Last.IsProven ? 1 : 0, who);
            if (proof.LastProven is { } good)
            {
                text.Add("vzdump_guest_last_proof_timestamp_seconds", "When a restore test last showed that the guest comes back.", good.At.ToUnixTimeSeconds(), who);
            }
        }
    }

    private static void Add(MetricText text, Guest guest, Engine.Archives.Archive? last, IReadOnlyList<PastBackup> history, DateTimeOffset now)
    {
        (string, string)[] who = [("vmid", guest.Id.ToString()), ("type", guest.Kind.VzdumpName), ("name", guest.Name)];
        text.Add("vzdump_guest_info", "A guest of this node.", 1, who);
        if (last is not null)
        {
            text.Add("vzdump_guest_last_success_timestamp_seconds", "When the newest archive of a guest was made.", last.Time.ToUnixTimeSeconds(), who);
            text.Add("vzdump_guest_last_success_age_seconds", "How old the newest archive of a guest is.", (now - last.Time).TotalSeconds, who);
            text.Add("vzdump_guest_last_size_bytes", "Size of the newest archive of a guest.", last.Size, who);
        }

        var over = history.Where(backup => backup.State is not RunTaskState.Running and not RunTaskState.Todo).ToList();
        if (over.MaxBy(backup => backup.StartedAt) is { } newest)
        {
            text.Add("vzdump_guest_last_result", "Whether the newest backup of a guest succeeded.", newest.State is RunTaskState.Done ? 1 : 0, who);
        }

        if (over.Where(backup => backup is { State: RunTaskState.Done, FinishedAt: not null }).MaxBy(backup => backup.StartedAt) is { } done)
        {
            text.Add("vzdump_guest_last_duration_seconds", "How long the newest good backup of a guest took.", (done.FinishedAt!.Value - done.StartedAt).TotalSeconds, who);
        }
    }

    private static async Task AddStoragesAsync(MetricText text, StorageInventory inventory, StorageTrends trends, CancellationToken cancellation)
    {
        IReadOnlyList<StorageState> storages;
        try
        {
            storages = await inventory.ListAsync(cancellation);
        }
        catch (ProblemException)
        {
            return; // the other figures are worth having without these
        }

        var known = await trends.ReadAsync(cancellation);
        foreach (var storage in storages)
        {
            (string, string) where = ("storage", storage.Name);
            text.Add("vzdump_storage_up", "Whether a storage can be used.", storage.IsActive ? 1 : 0, where);
            if (known.GetValueOrDefault(storage.Name)?.FullAt is { } full)
            {
                text.Add("vzdump_storage_full_timestamp_seconds", "When a storage will be full if it goes on as in the last thirty days.", full.ToUnixTimeSeconds(), where);
            }

            if (storage is { TotalBytes: { } total, FreeBytes: { } free })
            {
                text.Add("vzdump_storage_total_bytes", "Size of a storage's file system.", total, where);
                text.Add("vzdump_storage_free_bytes", "What is free on a storage.", free, where);
                text.Add("vzdump_storage_used_bytes", "What is used on a storage.", storage.UsedBytes ?? total - free, where);
            }
        }
    }
}

/// <summary>Figures with their labels; those of one name stand together, as the format wants.</summary>
internal sealed class MetricText
{
    private readonly Dictionary<string, StringBuilder> _families = new(StringComparer.Ordinal);

    public void Add(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (!_families.TryGetValue(name, out var family))
        {
            _families[name] = family = new StringBuilder($"# HELP {name} {help}\n# TYPE {name} gauge\n");
        }

        family.Append(name);
        if (labels.Length > 0)
        {
            family.Append('{').AppendJoin(',', labels.ToArray().Select(label => $"{label.Name}=\"{Escaped(label.Value)}\"")).Append('}');
        }

        family.Append(CultureInfo.InvariantCulture, $" {value}\n");
    }

    public override string ToString() => string.Concat(_families.Values);

    // A guest's name must not be able to end its label.
    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
