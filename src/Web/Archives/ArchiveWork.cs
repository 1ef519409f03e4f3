using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Configuration;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Web.Proofs;
using VzDump.Web.Restores;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Archives;

/// <summary>What a visitor sees of archives and does with them, one or several.</summary>
public sealed class ArchiveWork(ArchiveDesk desk, RestoreDesk restores, ProofDesk proofs, RunDesk runs, ArchiveBin bin, Visitor visitor, NodePaths paths)
{
    public ArchiveBin Bin => bin;

    public Task<Rights> RightsAsync() => visitor.RightsAsync(CancellationToken.None);

    public IAsyncEnumerable<ArchiveListing> WatchAsync(CancellationToken cancellation) => desk.WatchAsync(visitor.RightsAsync, cancellation);

    /// <summary>How the last check of each archive ended: at once, and whenever some run is over.</summary>
    public async IAsyncEnumerable<IReadOnlyDictionary<string, CheckedArchive>> WatchChecksAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var _ in runs.WatchAllAsync(cancellation))
        {
            yield return await desk.ListChecksAsync(cancellation);
        }
    }

    /// <summary>Queues a check of each; answers their runs, and a sentence for each that could not be.</summary>
    public async Task<(IReadOnlyList<Guid> Runs, IReadOnlyList<string> Problems)> VerifyAsync(IReadOnlyList<Archive> archives)
    {
        var (begun, problems) = (new List<Guid>(), new List<string>());
        foreach (var archive in archives)
        {
            await TryAsync(problems, async rights => begun.Add(await restores.VerifyAsync(rights, ArchiveId.Of(archive), CancellationToken.None)));
        }

        return (begun, problems);
    }

    /// <summary>Queues a restore test of it.</summary>
    /// <returns>Its run; or a sentence why it could not be.</returns>
    public async Task<(Guid? Run, IReadOnlyList<string> Problems)> TestAsync(Archive archive)
    {
        var (run, problems) = ((Guid?)null, new List<string>());
        await TryAsync(problems, async rights => run = await proofs.StartAsync(rights, ArchiveId.Of(archive), CancellationToken.None));
        return (run, problems);
    }

    /// <returns>A sentence for each that could not be changed.</returns>
    public async Task<IReadOnlyList<string>> ProtectAsync(IReadOnlyList<Archive> archives, bool isProtected)
    {
        var problems = new List<string>();
        foreach (var archive in archives.Where(archive => archive.IsProtected != isProtected))
        {
            await TryAsync(problems, rights => desk.SetProtectedAsync(rights, ArchiveId.Of(archive), isProtected, CancellationToken.None));
        }

        return problems;
    }

    /// <summary>The storage's own word on how many archives are kept; all, when it has none.</summary>
    public async Task<KeepPolicy> PolicyOfAsync(string storage)
    {
        try
        {
            var text = (await StorageConfig.ReadAsync(paths.StorageConfig, CancellationToken.None)).Find(storage).Section["prune-backups"];
            return text is null ? KeepPolicy.All : KeepPolicy.TryParse(text) ?? KeepPolicy.All;
        }
        catch (ProblemException)
        {
            return KeepPolicy.All; // what is wrong there is said with the listing
        }
    }

    private async Task TryAsync(List<string> problems, Func<Rights, Task> act)
    {
        try
        {
            await act(await RightsAsync());
        }
        catch (ProblemException problem)
        {
            problems.Add(problem.Message);
        }
    }
}

/// <summary>What can be asked of the row of an archive.</summary>
public enum ArchiveAct
{
    Verify,
    Test,
    Notes,
    Protect,
    Unprotect,
    Config,
    Log,
    CopyPath,
    Delete,
}
