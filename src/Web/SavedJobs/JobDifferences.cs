using VzDump.Engine.Backups;
using VzDump.Jobs.Saved;
using VzDump.Web.OptionForms;

namespace VzDump.Web.SavedJobs;

/// <summary>What two versions of a job differ in.</summary>
internal static class JobDifferences
{
    /// <summary>Words for the fields, such as <c>the schedule</c>.</summary>
    public static IReadOnlyList<string> Between(SavedJob one, SavedJob other) => [.. Find(one, other)];

    private static IEnumerable<string> Find(SavedJob one, SavedJob other)
    {
        foreach (var (word, differs) in ((string, bool)[])[
            ("the name", one.Name != other.Name),
            ("the comment", one.Comment != other.Comment),
            ("whether it is on", one.Enabled != other.Enabled),
            ("the schedule", one.Schedule != other.Schedule),
            ("missed times", one.RepeatMissed != other.RepeatMissed),
            ("the guests", GuestsOf(one) != GuestsOf(other))])
        {
            if (differs)
            {
                yield return word;
            }
        }

        var (before, after) = (SettingsTexts.Of(one.Definition.Settings), SettingsTexts.Of(other.Definition.Settings));
        foreach (var option in VzdumpOptions.OfSettings.Where(option => before.GetValueOrDefault(option.Name) != after.GetValueOrDefault(option.Name)))
        {
            yield return $"“{option.Title}”";
        }
    }

    private static string GuestsOf(SavedJob job) => BackupCommandLine.Of(new BackupJob { Selection = job.Definition.Selection });
}
