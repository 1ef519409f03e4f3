using System.Text.Json;
using VzDump.Engine.Backups;
using VzDump.Jobs.Runs;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Api;

internal static class RunCalls
{
    private const int Most = 500, Usual = 50;

    // As answers have them.
    private static readonly Dictionary<string, RunState> States = Enum.GetValues<RunState>().ToDictionary(state => JsonNamingPolicy.CamelCase.ConvertName(state.ToString()));

    extension(RouteGroupBuilder api)
    {
        public void MapRunCalls()
        {
            var runs = api.MapGroup("/runs").WithTags("runs");
            runs.MapGet("/", ListAsync).WithSummary("Runs, newest first; state as in an answer; find is a VMID, or a part of a guest's or saved job's name")
                .Produces<RunsAnswer>().ProducesValidationProblem();
            runs.MapPost("/", StartAsync).WithSummary("Starts a backup, given as a vzdump command").RequireAuthorization(Policies.Operate)
                .Produces<StartedAnswer>(StatusCodes.Status201Created).ProducesValidationProblem();
            var one = runs.MapGroup("/{run:guid}").ProducesProblem(StatusCodes.Status404NotFound);
            one.MapGet("/", FindAsync).WithSummary("One run with its guests").Produces<RunMessage>();
            one.MapGet("/log", (Guid run, RunDesk desk, RightsBook book, HttpContext http) => RunLogText.WriteAsync(desk, book, run, http))
                .WithSummary("The log so far").Produces<string>(contentType: "text/plain");
            one.MapGet("/lines", LinesAsync).WithSummary("The log as a stream, a JSON object a line; with follow=true until the run is over").Produces<LineMessage>(contentType: "application/x-ndjson");
            one.MapPost("/stop", StopAsync).WithSummary("Stops a run; kind is 'now' or 'after-this-guest'").RequireAuthorization(Policies.Operate)
                .Produces(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict);
            one.MapPost("/retry", RetryAsync).WithSummary("Backs up the guests that have no archive from this run").RequireAuthorization(Policies.Operate)
                .Produces<StartedAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        }
    }

    private static async Task<IResult> ListAsync(Caller caller, RunDesk desk, string? state, string? find, int? skip, int? take, CancellationToken cancellation)
    {
        if (state is not null && !States.ContainsKey(state))
        {
            return ApiManners.Invalid([("state", $"Give one of {string.Join(", ", States.Keys)}.")]);
        }

        var filter = new RunFilter { State = state is null ? null : States[state], Find = find };
        return TypedResults.Ok(new RunsAnswer(
            await desk.CountAsync(caller.Rights, filter, cancellation),
            [.. (await desk.ListAsync(caller.Rights, filter, Math.Max(0, skip ?? 0), Math.Clamp(take ?? Usual, 1, Most), cancellation)).Select(run => RunMessage.From(new(run, [])))]));
    }

    private static async Task<IResult> FindAsync(Guid run, Caller caller, RunDesk desk, CancellationToken cancellation) =>
        await desk.FindAsync(caller.Rights, run, cancellation) is { } found ? TypedResults.Ok(RunMessage.From(new(found, []))) : ApiManners.NotFound("run");

    private static async Task<IResult> StartAsync(StartCall body, Caller caller, RunDesk desk, CancellationToken cancellation)
    {
        if (!BackupCommandLine.TryParse(body.Command, out var job, out var problems, out _) || (problems = BackupPermission.Problems(caller.Rights, job)).Count > 0)
        {
            return ApiManners.Invalid(problems);
        }

        var run = await desk.StartAsync(caller.Rights, job, cancellation);
        return TypedResults.Created($"/api/{ApiEndpoints.Version}/runs/{run}", new StartedAnswer(run));
    }

    private static async Task<IResult> StopAsync(Guid run, StopCall? body, Caller caller, RunDesk desk, CancellationToken cancellation)
    {
        if ((body?.Kind ?? "now") is not ("now" or "after-this-guest"))
        {
            return ApiManners.Invalid([("kind", "Give 'now' or 'after-this-guest'.")]);
        }

        var kind = body?.Kind is "after-this-guest" ? StopKind.AfterThisGuest : StopKind.Now;
        return await desk.FindAsync(caller.Rights, run, cancellation) is null ? ApiManners.NotFound("run")
            : await desk.StopAsync(caller.Rights, run, kind, cancellation) ? TypedResults.Accepted($"/api/{ApiEndpoints.Version}/runs/{run}")
            : TypedResults.Problem("The run is over already.", statusCode: StatusCodes.Status409Conflict, title: "It cannot be stopped.");
    }

    private static async Task<IResult> RetryAsync(Guid run, Caller caller, RunDesk desk, CancellationToken cancellation) =>
        await desk.FindAsync(caller.Rights, run, cancellation) is null ? ApiManners.NotFound("run") : await desk.RetryAsync(caller.Rights, run, cancellation) switch
        {
            RetryOutcome.Started started => TypedResults.Created($"/api/{ApiEndpoints.Version}/runs/{started.Run}", new StartedAnswer(started.Run)),
            RetryOutcome.Refused refused => TypedResults.Problem(refused.Reason, statusCode: StatusCodes.Status409Conflict, title: "It is not repeated."),
            _ => throw new InvalidOperationException(),
        };

    /// <param name="after">Lines up to this number are passed over: who was cut off goes on where he was.</param>
    private static async Task LinesAsync(Guid run, long? after, bool? follow, Caller caller, RunDesk desk, RightsBook book, HttpContext http)
    {
        var cancellation = http.RequestAborted;
        if (await desk.FindAsync(caller.Rights, run, cancellation) is null)
        {
            await ApiManners.NotFound("run").ExecuteAsync(http);
            return;
        }

        http.Response.ContentType = "application/x-ndjson";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy must pass on what comes
        var lines = follow is true ? desk.WatchAsync(now => book.OfAsync(http.User, now), run, after ?? 0, cancellation).Select(update => update.NewLines)
            : desk.LinesNowAsync(now => book.OfAsync(http.User, now), run, after ?? 0, cancellation);
        await foreach (var batch in lines)
        {
            foreach (var line in batch)
            {
                await JsonSerializer.SerializeAsync(http.Response.Body, LineMessage.From(line), JsonSerializerOptions.Web, cancellation);
                await http.Response.WriteAsync("\n", cancellation);
            }

            await http.Response.Body.FlushAsync(cancellation);
        }
    }
}

/// <param name="Count">Of all runs, not only of these.</param>
internal sealed record RunsAnswer(int Count, IReadOnlyList<RunMessage> Runs);

/// <param name="Command">Such as <c>vzdump 101 102 --storage local --mode snapshot</c>.</param>
internal sealed record StartCall(string Command);

internal sealed record StopCall(string? Kind);

internal sealed record StartedAnswer(Guid Run);
