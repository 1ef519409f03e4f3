using VzDump.Engine.Backups;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Scheduling;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Imports;

/// <summary>Takes jobs over from Proxmox VE's <c>jobs.cfg</c> and <c>vzdump.cron</c>: from then on ours runs, and the original never does beside it.</summary>
public sealed class JobImports : IDisposable
{
    // Options that say only who is told about a run, and how: without them the same archives are made.
    private static readonly string[] AboutMails = ["notification-mode", "notification-policy", "notification-target"];

    private readonly JobOriginals _originals;
    private readonly Takeovers _takeovers;
    private readonly JobStore _jobs;
    private readonly JobSchedules _schedules;
    private readonly TimeProvider _time;

    // Of two who take over the same job at once the second is told that it is done.
    private readonly SemaphoreSlim _one = new(1);

    internal JobImports(JobOriginals originals, Takeovers takeovers, JobStore jobs, JobSchedules schedules, TimeProvider time)
    {
        _originals = originals;
        _takeovers = takeovers;
        _jobs = jobs;
        _schedules = schedules;
        _time = time;
    }

    /// <summary>What can be taken over, and sentences about what cannot. Nothing is changed.</summary>
    public async Task<ImportPreview> PreviewAsync(CancellationToken cancellation)
    {
        var (originals, problems) = await _originals.ListAsync(cancellation);
        var ours = await _jobs.ListAsync(cancellation);
        return new ImportPreview([.. originals.Select(original => Candidate(original, ours))], problems);
    }

    /// <summary>Takes a job over. Broken off at any point, it is finished by the next look at the schedules, at the latest that of the next start.</summary>
    /// <param name="by">The user who asked for it.</param>
    public async Task<ImportOutcome> ImportAsync(JobSource source, string by, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var preview = await PreviewAsync(cancellation);
            if (preview.Candidates.FirstOrDefault(known => known.Source == source) is not { } candidate)
            {
                return new ImportOutcome.Refused($"'{source.Key}' is not in {source.File} any more, or cannot be understood. Look at the list again.");
            }

            if (candidate.Refusal is { } refusal)
            {
                return new ImportOutcome.Refused(refusal);
            }

            if (candidate.Ours is { } known)
            {
                return new ImportOutcome.Refused($"It was taken over already, as '{known.Name}'.");
            }

            var row = SavedJobRow.From(candidate.Draft, by, _time.GetUtcNow()) with { SourceFile = source.File, SourceKey = source.Key, TakeoverPending = true };
            await _jobs.AddAsync(row, "job imported", cancellation);

            // From here on it is only finished, not given up.
            var waitsFor = await _takeovers.EndAsync(row, CancellationToken.None);
            await _schedules.TryLookAsync(row.Id);
            var job = (await _jobs.FindRowAsync(row.Id, CancellationToken.None))!.ToJob();
            return waitsFor is null ? new ImportOutcome.Imported(job) : new ImportOutcome.Waiting(job, waitsFor);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private ImportCandidate Candidate(Original original, IReadOnlyList<SavedJob> ours)
    {
        var draft = DraftOf(original);
        return new ImportCandidate
        {
            Source = original.Source,
            Draft = draft,
            Ours = ours.FirstOrDefault(job => job.Source == original.Source),
            Refusal = Refusal(original, draft),
            Notes = [.. original.Unknown.Intersect(AboutMails, StringComparer.Ordinal).Select(option => $"Its option '{option}' is not taken over: who is told about a run is set in this program.")],
        };
    }

    private JobDraft DraftOf(Original original)
    {
        var job = original.Job;
        var name = _originals.IsCron(original.Source.File) ? $"vzdump.cron, {job.Schedule}" : job.Comment.Trim() is { Length: > 0 } comment ? comment : job.Id;
        return new JobDraft
        {
            Name = name.Length > JobDraft.LongestName ? name[..JobDraft.LongestName] : name,
            Comment = job.Comment,
            Enabled = job.Enabled,
            Schedule = job.Schedule,
            RepeatMissed = job.RepeatMissed,
            Definition = job.Job,
        };
    }

    private string? Refusal(Original original, JobDraft draft)
    {
        if (original.Unknown.Except(AboutMails, StringComparer.Ordinal).ToList() is [_, ..] unknown)
        {
            return $"Without what {string.Join(", ", unknown.Select(option => $"'{option}'"))} means, which is not known here, it would not be the same job. Take that out of the job in Proxmox VE first, if it can do without.";
        }

        // Switched off, the original would rest on all nodes, and ours works on this one alone: guests elsewhere would be without backup, silently.
        return _originals.OtherNodes(original.Job.Job) switch
        {
            [] => draft.Problems() is [var problem, ..] ? problem.Sentence : null,
            [var node] when original.Job.Job.Settings.Node is not null => $"It belongs to the node '{node}'. Take it over there.",
            var nodes => $"It works on other nodes too: {string.Join(", ", nodes)}. Limit it to this node in Proxmox VE first, and give the others jobs of their own.",
        };
    }
}
