using VzDump.Engine.Guests;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>What somebody with these rights sees of a run: his guests in it, and nothing of the others.</summary>
public static class RunSight
{
    extension(Rights rights)
    {
        /// <summary>Which runs are listed for him; null for all.</summary>
        public RunScope? RunScope => rights.Guests is null ? null : new RunScope(rights.Who, rights.Guests);

        /// <summary>Whether all that the run is about is his: then he may also stop and repeat it.</summary>
        public bool SeesWhole(Run run) => rights.SeesAll || (run.Tasks.All(task => rights.Sees(task.Guest)) && run.Job.Selection switch
        {
            GuestSelection.Ids ids => ids.Guests.All(guest => rights.Sees(guest)),
            _ => run.Tasks.Count > 0 || run.StartedBy == rights.Who,
        });

        /// <summary>The run with his guests alone; null when it is none of his.</summary>
        public Run? See(Run run)
        {
            if (rights.Role is null)
            {
                return null;
            }

            if (rights.SeesWhole(run))
            {
                return run;
            }

            var tasks = run.Tasks.Where(task => rights.Sees(task.Guest)).ToList();
            return tasks.Count == 0 && run.StartedBy != rights.Who
                ? null
                : run with
                {
                    Tasks = tasks,
                    Job = run.Job with { Selection = new GuestSelection.Ids([.. tasks.Select(task => task.Guest)]) },
                    Error = null, // it may name others
                };
        }

        /// <summary>The update with the lines about his guests alone; null when the run is none of his. Lines keep their numbers.</summary>
        public RunUpdate? See(RunUpdate update) => rights.See(update.Run) is not { } run ? null
            : ReferenceEquals(run, update.Run) ? update
            : new RunUpdate(run, [.. update.NewLines.Where(line => line.Guest is { } guest && rights.Sees(guest))]);
    }
}
