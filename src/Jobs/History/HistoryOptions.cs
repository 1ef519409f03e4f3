using System.ComponentModel.DataAnnotations;

namespace VzDump.Jobs.History;

/// <summary>The section <c>History</c>: how long is kept what only grows. Archives, and the logs beside them, are not concerned.</summary>
public sealed class HistoryOptions
{
    private const int MostDays = 36_500;

    /// <summary>In days after its end: a run with its log files. 0 for ever. The newest run of a saved job stays in any case.</summary>
    [Range(0, MostDays)]
    public int KeepRunsDays { get; set; } = 730;

    /// <summary>In days: who did what. 0 for ever.</summary>
    [Range(0, MostDays)]
    public int KeepAuditDays { get; set; } = 1095;
}
