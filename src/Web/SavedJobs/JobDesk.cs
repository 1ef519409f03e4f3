using VzDump.Engine;
using VzDump.Jobs.Imports;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Web.SignIn;

namespace VzDump.Web.SavedJobs;

/// <summary>Saved jobs for pages and endpoints: shows and does no more than the rights of who asks allow. A job is of the whole node, whatever guests it names.</summary>
public sealed class JobDesk(BackupJobs jobs, JobImports imports, BackupRuns runs)
{
    /// <summary>By name, each with its newest run.</summary>
    /// <exception cref="ProblemException">He may not see jobs.</exception>
    public async Task<IReadOnlyList<JobRow>> ListAsync(Rights rights, CancellationToken cancellation)
    {
        Need(rights.SeesAll, "see jobs: they are for people who see all guests");
        var rows = new List<JobRow>();
        foreach (var job in await jobs.ListAsync(cancellation))
        {
            rows.Add(new JobRow(job, (await runs.ListOfJobAsync(job.Id, 1, cancellation)).FirstOrDefault()));
        }

        return rows;
    }

    /// <summary>A deleted one too; null when there never was one, or none for him.</summary>
    public async Task<SavedJob?> FindAsync(Rights rights, Guid id, CancellationToken cancellation) => rights.SeesAll ? await jobs.FindAsync(id, cancellation) : null;

    /// <param name="id">Null for a new one.</param>
    /// <param name="version">Of the job as the editor read it.</param>
    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task<SaveOutcome> SaveAsync(Rights rights, Guid? id, int version, JobDraft draft, CancellationToken cancellation)
    {
        NeedAdministrator(rights);
        return id is { } known ? jobs.SaveAsync(known, version, draft, rights.Who, cancellation) : jobs.CreateAsync(draft, rights.Who, cancellation);
    }

    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task<SaveOutcome> CloneAsync(Rights rights, Guid id, CancellationToken cancellation)
    {
        NeedAdministrator(rights);
        return jobs.CloneAsync(id, rights.Who, cancellation);
    }

    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task<SaveOutcome> SetEnabledAsync(Rights rights, Guid id, bool isOn, CancellationToken cancellation)
    {
        NeedAdministrator(rights);
        return jobs.SetEnabledAsync(id, isOn, rights.Who, cancellation);
    }

    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task<SaveOutcome> DeleteAsync(Rights rights, Guid id, CancellationToken cancellation)
    {
        NeedAdministrator(rights);
        return jobs.DeleteAsync(id, rights.Who, cancellation);
    }

    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task<SaveOutcome> RestoreAsync(Rights rights, Guid id, CancellationToken cancellation)
    {
        NeedAdministrator(rights);
        return jobs.RestoreAsync(id, rights.Who, cancellation);
    }

    /// <exception cref="ProblemException">He may not do this, or the job is gone.</exception>
    public Task<Guid> RunNowAsync(Rights rights, Guid id, CancellationToken cancellation)
    {
        Need(rights.SeesAll && rights.May(Role.Operator), "run jobs. Ask an administrator for the role 'Operator' for all guests");
        return jobs.RunNowAsync(id, rights.Who, cancellation);
    }

    /// <summary>What Proxmox VE's own files hold.</summary>
    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task<ImportPreview> PreviewImportAsync(Rights rights, CancellationToken cancellation)
    {
        NeedAdministrator(rights);
        return imports.PreviewAsync(cancellation);
    }

    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task<ImportOutcome> ImportAsync(Rights rights, JobSource source, CancellationToken cancellation)
    {
        NeedAdministrator(rights);
        return imports.ImportAsync(source, rights.Who, cancellation);
    }

    private static void NeedAdministrator(Rights rights) => Need(rights.AdministersNode, "change jobs. Ask an administrator of all guests to");

    private static void Need(bool may, string act)
    {
        if (!may)
        {
            throw new ProblemException($"You may not {act}.");
        }
    }
}

/// <param name="Last">Its newest run, which may still wait or work; null when it never ran.</param>
public sealed record JobRow(SavedJob Job, Run? Last)
{
    public bool IsWorking => Last is { State: RunState.Queued or RunState.Running };
}
