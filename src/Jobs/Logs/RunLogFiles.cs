using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Logs;

/// <summary>Where the logs of runs are.</summary>
// e.g. runs/2026/0198c1f2-7d3c-7c51-9b0e-0a4f5f6a7b8c.log
internal sealed class RunLogFiles(JobsOptions options)
{
    private const string Ending = ".log";

    private string Folder => Path.Combine(options.DataFolder, "runs");

    public string PathOf(Run run) => Path.Combine(Folder, run.CreatedAt.UtcDateTime.Year.ToString("0000", CultureInfo.InvariantCulture), $"{run.Id:D}{Ending}");

    /// <summary>Where the lines of one guest are, in vzdump's form.</summary>
    // e.g. runs/2026/0198c1f2-7d3c-7c51-9b0e-0a4f5f6a7b8c/101.log
    public string PathOf(Run run, GuestId guest) => Path.Combine(FolderOf(PathOf(run)), $"{guest}{Ending}");

    /// <summary>The logs that nothing was written to since then, whether somebody knows their runs or not.</summary>
    public IEnumerable<(Guid Run, string Path)> OlderThan(DateTimeOffset time) =>
        !Directory.Exists(Folder) ? [] : Directory.EnumerateDirectories(Folder)
            .SelectMany(year => Directory.EnumerateFiles(year, $"*{Ending}"))
            .Where(path => File.GetLastWriteTimeUtc(path) < time.UtcDateTime)
            .Select(path => (Run: Guid.TryParseExact(Path.GetFileNameWithoutExtension(path), "D", out var run) ? run : (Guid?)null, path))
            .Where(log => log.Run is not null)
            .Select(log => (log.Run!.Value, log.path));

    public void Remove(Run run) => Remove(PathOf(run));

    /// <summary>Takes away the log of a run and those of its guests; a year's folder goes with the last of them.</summary>
    /// <param name="path">That of the run.</param>
    public static void Remove(string path)
    {
        // The run's own file last: by it the others are found again.
        if (Directory.Exists(FolderOf(path)))
        {
            Directory.Delete(FolderOf(path), recursive: true);
        }

        var year = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(year))
        {
            return;
        }

        File.Delete(path);
        try
        {
            if (!Directory.EnumerateFileSystemEntries(year).Any())
            {
                Directory.Delete(year);
            }
        }
        catch (IOException)
        {
            // A run of that year has just begun.
        }
    }

    private static string FolderOf(string path) => Path.ChangeExtension(path, null);
}
