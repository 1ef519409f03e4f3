using System.Net;
using Hangfire;
using Hangfire.States;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using VzDump.Engine.Backups;
using VzDump.Jobs;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

/// <summary>What a person does in Hangfire's own dashboard, through the client that the dashboard uses.</summary>
public sealed class HangfireDashboard : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Deleting_a_working_job_cancels_its_run()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();

        product.Hangfire.Delete(await JobOfAsync(product, id));
        await play.CancelledAsync();
        play.EndCancelled();

        Assert.Equal("Hangfire dashboard", (await product.WaitForAsync(id, RunState.Cancelled)).CancelledBy);
    }

    [Fact]
    public async Task Deleting_a_queued_job_cancels_its_run_at_once()
    {
        await using var product = await Product.StartAsync(_folder);
        await product.StartRunAsync(101);
        await product.Stage.NextAsync();
        var queued = await product.StartRunAsync(102);

        product.Hangfire.Delete(await JobOfAsync(product, queued));

        var run = await product.FindAsync(queued);
        Assert.Equal((RunState.Cancelled, "Hangfire dashboard"), (run.State, run.CancelledBy));
    }

    [Fact]
    public async Task Requeueing_the_job_of_a_run_without_failed_guests_is_refused_with_a_reason()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        (await product.Stage.NextAsync()).Succeed();
        await product.WaitForAsync(id, RunState.Succeeded);
        var job = await JobOfAsync(product, id);
        await WaitForStateAsync(product, job, SucceededState.StateName);

        product.Hangfire.Requeue(job);

        Assert.Equal((DeletedState.StateName, "Every guest of this run has its archive; there is nothing to repeat."), StateOf(product, job));
        Assert.Equal(1, product.Stage.Calls);
        Assert.Equal(RunState.Succeeded, (await product.FindAsync(id)).State);
        Assert.Equal(1, await product.Runs.CountAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Requeueing_the_job_of_a_failed_run_repeats_it_for_the_failed_guests_as_a_new_run()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);
        play.Finish(101, new TaskOutcome.Done("/dump/a.tar", 1, TimeSpan.Zero));
        play.Begin(102);
        play.Finish(102, new TaskOutcome.Failed("no space left", TimeSpan.Zero));
        play.Fail("job errors");
        await product.WaitForAsync(id, RunState.Failed);
        var job = await JobOfAsync(product, id);
        await WaitForStateAsync(product, job, FailedState.StateName);

        product.Hangfire.Requeue(job);
        product.Hangfire.Requeue(job);

        Assert.Equivalent(Product.Job(102), (await product.Stage.NextAsync()).Job, strict: true);
        var retry = (await product.Runs.ListAsync(0, 10, CancellationToken.None))[0];
        Assert.Equal((new RunTrigger.Retry(id), RunStateFilter.Dashboard), (retry.Trigger, retry.StartedBy));
        Assert.Equal(2, await product.Runs.CountAsync(CancellationToken.None));
        Assert.Equal(RunState.Failed, (await product.FindAsync(id)).State);
    }

    [Fact]
    public async Task Requeueing_the_job_of_a_working_run_cancels_it_and_starts_no_other()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        var job = await JobOfAsync(product, id);

        product.Hangfire.Requeue(job);
        await play.CancelledAsync();
        play.EndCancelled();

        Assert.Equal("Hangfire dashboard", (await product.WaitForAsync(id, RunState.Cancelled)).CancelledBy);
        Assert.Equal((DeletedState.StateName, RunStateFilter.Refusal), StateOf(product, job));
        Assert.Equal(1, product.Stage.Calls);
    }

    [Theory]
    [InlineData("delete", HttpStatusCode.NoContent)]
    [InlineData("requeue", HttpStatusCode.UnprocessableEntity)]
    public async Task The_buttons_of_the_real_dashboard_reach_the_run(string button, HttpStatusCode expected)
    {
        var stage = new Stage();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(NullLoggerFactory.Instance));
        builder.Services.AddSingleton<RunBackup>(stage.RunAsync);
        builder.Services.AddSingleton<FindNotificationRule>(Product.NobodyIsTold);
        builder.Services.AddJobs(new JobsOptions { DataFolder = _folder.Path });
        await using var app = builder.Build();
        Exception? thrown = null;
        app.Use(async (HttpContext context, RequestDelegate next) =>
        {
            try
            {
                await next(context);
            }
            catch (Exception error)
            {
                thrown = error;
                throw;
            }
        });
        app.UseRouting();
        app.MapHangfireDashboard(new DashboardOptions { Authorization = [], IgnoreAntiforgeryToken = true });
        await app.StartAsync();
        var runs = app.Services.GetRequiredService<BackupRuns>();
        var id = await runs.StartAsync(Product.Job(101), "alice", CancellationToken.None);
        var play = await stage.NextAsync();
        var job = await app.Services.GetRequiredService<RunStore>().FindHangfireJobAsync(id, CancellationToken.None);

        using var browser = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var answer = await browser.PostAsync($"/hangfire/jobs/actions/{button}/{job}", null);
        await Product.EventuallyAsync(() => Task.FromResult(play.Cancellation.IsCancellationRequested), () => $"The run has not heard of it: {answer.StatusCode}, {thrown}");
        play.EndCancelled();

        Assert.True(thrown is null, $"{thrown}");
        Assert.Equal(expected, answer.StatusCode);
        await Product.EventuallyAsync(
            async () => await runs.FindAsync(id, CancellationToken.None) is { State: RunState.Cancelled, CancelledBy: RunStateFilter.Dashboard },
            () => "The run was not cancelled.");
        await app.StopAsync();
        Assert.Equal(1, stage.Calls);
    }

    [Fact]
    public async Task A_failed_run_has_a_failed_job_that_is_not_tried_again()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        (await product.Stage.NextAsync()).Fail("job errors");
        await product.WaitForAsync(id, RunState.Failed);

        await WaitForStateAsync(product, await JobOfAsync(product, id), FailedState.StateName);

        Assert.Equal("job errors", (await product.FindAsync(id)).Error);
    }

    [Fact]
    public async Task A_run_that_Hangfire_cannot_execute_does_not_stay_queued()
    {
        await using var product = await Product.StartAsync(_folder);
        await product.StartRunAsync(101);
        await product.Stage.NextAsync();
        var queued = await product.StartRunAsync(102);

        product.Hangfire.ChangeState(await JobOfAsync(product, queued), new FailedState(new InvalidOperationException("no such service")));

        var run = await product.FindAsync(queued);
        Assert.Equal((RunState.Failed, "The run could not be executed: no such service"), (run.State, run.Error));
    }

    [Fact]
    public async Task A_run_cancelled_in_the_product_is_named_after_the_user_and_deleted_in_Hangfire()
    {
        await using var product = await Product.StartAsync(_folder);
        await product.StartRunAsync(101);
        await product.Stage.NextAsync();
        var queued = await product.StartRunAsync(102);

        await product.Runs.CancelAsync(queued, "bob", CancellationToken.None);

        Assert.Equal((DeletedState.StateName, "Cancelled by bob."), StateOf(product, await JobOfAsync(product, queued)));
        Assert.Equal("bob", (await product.FindAsync(queued)).CancelledBy);
    }

    private static async Task<string> JobOfAsync(Product product, Guid run) =>
        await product.Get<RunStore>().FindHangfireJobAsync(run, CancellationToken.None) ?? throw new InvalidOperationException("not in Hangfire");

    private static (string? Name, string? Reason) StateOf(Product product, string job)
    {
        using var connection = product.Get<JobStorage>().GetConnection();
        var state = connection.GetStateData(job);
        return (state?.Name, state?.Reason);
    }

    private static Task WaitForStateAsync(Product product, string job, string name) =>
        Product.EventuallyAsync(() => Task.FromResult(StateOf(product, job).Name == name), () => $"The job is {StateOf(product, job)}");
}
