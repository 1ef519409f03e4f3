using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Configuration;
using VzDump.Jobs.Saved;

namespace VzDump.Jobs.Imports;

/// <summary>The jobs in Proxmox VE's own files, which its scheduler or cron starts: read, and switched off one by one.</summary>
internal sealed class JobOriginals(NodePaths paths, ConfigFiles files)
{
    /// <summary>All that can be understood, and sentences about what cannot, with file and line.</summary>
    public async Task<(IReadOnlyList<Original> Originals, IReadOnlyList<string> Problems)> ListAsync(CancellationToken cancellation)
    {
        var found = new List<Original>();
        var problems = new List<string>();
        foreach (var file in (string[])[paths.JobsConfig, paths.VzdumpCron])
        {
            try
            {
                var (originals, left) = Read(file, (await ConfigFile.ReadAsync(file, cancellation)).Text);
                found.AddRange(originals);
                problems.AddRange(left);
            }
            catch (ProblemException problem)
            {
                problems.Add(problem.Message);
            }
        }

        return (found, problems);
    }

    /// <summary>Whether the original starts by itself, and when; the schedule is null where it is off or not understood.</summary>
    /// <exception cref="ProblemException">Its file cannot be read: then nobody knows.</exception>
    public async Task<(bool IsOn, string? Schedule)> LookAsync(JobSource source, CancellationToken cancellation)
    {
        var text = (await ConfigFile.ReadAsync(source.File, cancellation)).Text;
        var known = Read(source.File, text).Originals.FirstOrDefault(original => original.Source == source);
        var isOn = IsCron(source.File) ? known is { Job.Enabled: true } : JobsConfig.Parse(text, source.File).IsOn(source.Key);
        return (isOn, isOn ? known?.Job.Schedule : null);
    }

    /// <summary>Switches the original off, at once and whole, and leaves every other line as it is.</summary>
    /// <exception cref="ProblemException">The file cannot be changed; it is as it was.</exception>
    public Task SwitchOffAsync(JobSource source, CancellationToken cancellation) => files.ChangeAsync(
        source.File,
        text => IsCron(source.File) ? CronConfig.SwitchedOff(text, source.Key) : JobsConfig.Parse(text, source.File).SwitchedOff(source.Key),
        cancellation);

    /// <summary>Other nodes of the cluster that work on the job too.</summary>
    public IReadOnlyList<string> OtherNodes(BackupJob job) => job.Settings.Node is { } node
        ? node == NodePaths.NodeName ? [] : [node]
        : Directory.Exists(paths.NodesFolder)
            ? [.. Directory.GetDirectories(paths.NodesFolder).Select(folder => Path.GetFileName(folder)!).Where(name => name != NodePaths.NodeName).Order(StringComparer.Ordinal)]
            : [];

    public bool IsCron(string file) => file == paths.VzdumpCron;

    private (IReadOnlyList<Original> Originals, IReadOnlyList<string> Problems) Read(string file, string text)
    {
        if (IsCron(file))
        {
            var cron = CronConfig.Parse(text, file);
            return ([.. cron.Jobs.Select(job => new Original(new JobSource(file, job.Id), job, []))], cron.Left);
        }

        var jobs = JobsConfig.Parse(text, file);
        return ([.. jobs.Jobs.Select(job => new Original(new JobSource(file, job.Id), job, jobs.Unknown[job.Id]))], jobs.Problems);
    }
}

/// <param name="Unknown">Options that are not known here, by their names.</param>
internal sealed record Original(JobSource Source, JobDefinition Job, IReadOnlyList<string> Unknown);
