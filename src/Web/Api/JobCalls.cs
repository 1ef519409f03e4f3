using VzDump.Engine.Backups;
using VzDump.Jobs.Saved;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class JobCalls
{
    extension(RouteGroupBuilder api)
    {
        // What a job means cannot be told guest by guest: it takes somebody for all guests.
        public void MapJobs()
        {
            var jobs = api.MapGroup("/jobs").WithTags("jobs").RequireAuthorization(Policies.ViewNode);
            jobs.MapGet("/", async (BackupJobs door, CancellationToken cancellation) => (await door.ListAsync(cancellation)).Select(JobAnswer.From).ToList()).WithSummary("The saved jobs, by name");
            jobs.MapPost("/", async (JobCall body, Caller caller, BackupJobs door, CancellationToken cancellation) =>
                body.TryRead(out var draft, out var problems) ? Answer(await door.CreateAsync(draft, caller.Rights.Who, cancellation), made: true) : problems)
                .WithSummary("Makes a job").RequireAuthorization(Policies.Administer).Produces<JobAnswer>(StatusCodes.Status201Created).ProducesValidationProblem();
            var one = jobs.MapGroup("/{job:guid}").ProducesProblem(StatusCodes.Status404NotFound);
            one.MapGet("/", async (Guid job, BackupJobs door, CancellationToken cancellation) =>
                await door.FindAsync(job, cancellation) is { DeletedAt: null } found ? TypedResults.Ok(JobAnswer.From(found)) : ApiManners.NotFound("job")).WithSummary("One job").Produces<JobAnswer>();
            one.MapPut("/", async (Guid job, JobCall body, Caller caller, BackupJobs door, CancellationToken cancellation) =>
                body.TryRead(out var draft, out var problems) ? Answer(await door.SaveAsync(job, body.Version, draft, caller.Rights.Who, cancellation)) : problems)
                .WithSummary("Changes a job; version is that of the job as it was read").RequireAuthorization(Policies.Administer)
                .Produces<JobAnswer>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status409Conflict);
            one.MapPut("/enabled", async (Guid job, EnabledCall body, Caller caller, BackupJobs door, CancellationToken cancellation) =>
                Answer(await door.SetEnabledAsync(job, body.Enabled, caller.Rights.Who, cancellation)))
                .WithSummary("Switches a job's schedule on or off").RequireAuthorization(Policies.Administer).Produces<JobAnswer>();
            one.MapDelete("/", async (Guid job, Caller caller, BackupJobs door, CancellationToken cancellation) => Answer(await door.DeleteAsync(job, caller.Rights.Who, cancellation)))
                .WithSummary("Deletes a job; its runs stay").RequireAuthorization(Policies.Administer).Produces<JobAnswer>();
            one.MapPost("/restore", async (Guid job, Caller caller, BackupJobs door, CancellationToken cancellation) => Answer(await door.RestoreAsync(job, caller.Rights.Who, cancellation)))
                .WithSummary("Brings a deleted job back").RequireAuthorization(Policies.Administer).Produces<JobAnswer>();
            one.MapPost("/run", RunAsync).WithSummary("Starts a run of a job as it is now").RequireAuthorization(Policies.Operate).Produces<StartedAnswer>(StatusCodes.Status201Created);
        }
    }

    private static async Task<IResult> RunAsync(Guid job, Caller caller, BackupJobs door, CancellationToken cancellation)
    {
        if (await door.FindAsync(job, cancellation) is not { DeletedAt: null })
        {
            return ApiManners.NotFound("job");
        }

        var run = await door.RunNowAsync(job, caller.Rights.Who, cancellation);
        return TypedResults.Created($"/api/{ApiEndpoints.Version}/runs/{run}", new StartedAnswer(run));
    }

    private static IResult Answer(SaveOutcome outcome, bool made = false) => outcome switch
    {
        SaveOutcome.Saved saved when made => TypedResults.Created($"/api/{ApiEndpoints.Version}/jobs/{saved.Job.Id}", JobAnswer.From(saved.Job)),
        SaveOutcome.Saved saved => TypedResults.Ok(JobAnswer.From(saved.Job)),
        SaveOutcome.Invalid invalid => ApiManners.Invalid(invalid.Problems.Select(problem => (problem.Field, problem.Sentence))),
        SaveOutcome.ChangedMeanwhile changed => TypedResults.Problem(
            $"{changed.Now.ChangedBy} changed it meanwhile; it has the version {changed.Now.Version} now. Read it again.", statusCode: StatusCodes.Status409Conflict, title: "Nothing was saved."),
        _ => ApiManners.NotFound("job"),
    };
}

/// <param name="Schedule">A calendar event; null for one that is only run by hand.</param>
/// <param name="Command">The vzdump command that would do the same.</param>
/// <param name="Version">To be sent back with a change.</param>
internal sealed record JobAnswer(
    Guid Id, string Name, string Comment, bool Enabled, string? Schedule, bool RepeatMissed, string Command, int Version, DateTimeOffset ChangedAt, string ChangedBy, DateTimeOffset? NextRun)
{
    public static JobAnswer From(SavedJob job) => new(
        job.Id, job.Name, job.Comment, job.Enabled, job.Schedule, job.RepeatMissed, BackupCommandLine.Of(job.Definition), job.Version, job.ChangedAt, job.ChangedBy, job.NextRun);
}

/// <param name="Command">Such as <c>vzdump --all 1 --storage local --mode snapshot</c>.</param>
/// <param name="Version">Of the job as it was read; of no account for a new one.</param>
internal sealed record JobCall(string Name, string Command, string? Comment = null, bool Enabled = true, string? Schedule = null, bool RepeatMissed = false, int Version = 0)
{
    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JobDraft? draft, out IResult problems)
    {
        draft = BackupCommandLine.TryParse(Command ?? "", out var definition, out var found, out _)
            ? new JobDraft { Name = Name ?? "", Comment = Comment ?? "", Enabled = Enabled, Schedule = Schedule, RepeatMissed = RepeatMissed, Definition = definition }
            : null;
        problems = ApiManners.Invalid(found);
        return draft is not null;
    }
}

internal sealed record EnabledCall(bool Enabled);
