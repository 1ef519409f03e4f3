using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Logs;

/// <summary>Where the logs of runs are.</summary>
// e.g. runs/2026/0198c1f2-7d3c-7c51-9b0e-0a4f5f6a7b8c.log
internal sealed class RunLogFiles(JobsOptions options)
{
    public string PathOf(Run run) => Path.Combine(
        options.DataFolder,
        "runs",
        run.CreatedAt.UtcDateTime.Year.ToString("0000", CultureInfo.InvariantCulture),
        $"{run.Id:D}.log");

    /// <summary>Where the lines of one guest are, in vzdump's form.</summary>
    // e.g. runs/2026/0198c1f2-7d3c-7c51-9b0e-0a4f5f6a7b8c/101.log
    public string PathOf(Run run, GuestId guest) => Path.Combine(Path.ChangeExtension(PathOf(run), null), $"{guest}.log");
}
