using Hangfire.States;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

public sealed class JobTests
{
    [Theory, EveryStorage]
    public void A_created_job_is_read_as_it_was_given(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create(("Culture", "en-US"), ("Empty", ""));

        var data = rig.Read(connection => connection.GetJobData(id));

        Assert.Null(data.LoadException);
        Assert.Null(data.State);
        Assert.Equal((nameof(SampleJobs.Work), typeof(SampleJobs)), (data.Job.Method.Name, data.Job.Type));
        Assert.Equal(["guest", 7], data.Job.Args);
        rig.Holds(Deviation.ParametersSnapshot, () =>
        {
            Assert.Equal(nameof(SampleJobs.Work), data.InvocationData.Method);
            Assert.Equal("en-US", data.ParametersSnapshot["Culture"]);
            Assert.Equal("", data.ParametersSnapshot["Empty"]);
        });
        rig.Holds(Deviation.CreatedAtIsGiven, () => Assert.Equal((SampleJobs.CreatedAt, DateTimeKind.Utc), (data.CreatedAt, data.CreatedAt.Kind)));
    }

    [Theory, EveryStorage]
    public void A_job_remembers_the_queue_that_it_was_made_for(StorageKind kind)
    {
        using var rig = Rig.Of(kind);

        var id = rig.Read(connection => connection.CreateExpiredJob(SampleJobs.Job(queue: "critical"), new Dictionary<string, string>(), DateTime.UtcNow, TimeSpan.FromHours(1)));

        Assert.Equal("critical", rig.Read(connection => connection.GetJobData(id)).Job.Queue);
    }

    [Theory, EveryStorage]
    public void Each_job_has_an_id_of_its_own(StorageKind kind)
    {
        using var rig = Rig.Of(kind);

        var ids = Enumerable.Range(0, 200).Select(_ => rig.Create()).ToList();

        Assert.Equal(200, ids.Distinct().Count());
    }

    [Theory, EveryStorage]
    public void A_parameter_can_be_set_read_and_set_again_even_to_nothing(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create(("Retries", "1"));

        rig.Read(connection =>
        {
            connection.SetJobParameter(id, "Retries", "2");
            connection.SetJobParameter(id, "a 'quoted' \"näme\" $.x", "väl\u00fce \U0001F600 \n");
            Assert.Equal("2", connection.GetJobParameter(id, "Retries"));
            Assert.Equal("väl\u00fce \U0001F600 \n", connection.GetJobParameter(id, "a 'quoted' \"näme\" $.x"));
            connection.SetJobParameter(id, "Retries", null);
            Assert.Null(connection.GetJobParameter(id, "Retries"));
            Assert.Null(connection.GetJobParameter(id, "Unknown"));
            return 0;
        });
    }

    [Theory, EveryStorage]
    public void A_parameter_set_in_a_transaction_is_set_by_its_commit(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        rig.Holds(Deviation.TransactionSetsParameters, () =>
        {
            rig.Commit(transaction =>
            {
                transaction.SetJobParameter(id, "Retries", "3");
                Assert.Null(rig.Read(connection => connection.GetJobParameter(id, "Retries")));
            });

            Assert.Equal("3", rig.Read(connection => connection.GetJobParameter(id, "Retries")));
        });
    }

    [Theory, EveryStorage]
    public void A_job_created_in_a_transaction_is_there_after_its_commit_only(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Holds(Deviation.TransactionCreatesJobs, () =>
        {
            string? id = null;
            rig.Commit(transaction =>
            {
                id = transaction.CreateJob(SampleJobs.Job(), new Dictionary<string, string> { ["a"] = "b" }, SampleJobs.CreatedAt, TimeSpan.FromHours(1));
                transaction.SetJobState(id, new EnqueuedState());
                Assert.Null(rig.Read(connection => connection.GetJobData(id)));
            });

            var data = rig.Read(connection => connection.GetJobData(id));
            Assert.Equal((EnqueuedState.StateName, "b"), (data.State, data.ParametersSnapshot["a"]));
        });
    }

    [Theory, EveryStorage]
    public void What_no_job_is_is_not_found_and_nothing_is_done_to_it(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        Assert.Null(rig.Read(connection => connection.GetJobData(SampleJobs.NoIds[0])));
        rig.Holds(Deviation.UnknownIdsAreHarmless, () =>
        {
            foreach (var id in SampleJobs.NoIds)
            {
                rig.Read(connection =>
                {
                    Assert.Null(connection.GetJobData(id));
                    Assert.Null(connection.GetStateData(id));
                    Assert.Null(connection.GetJobParameter(id, "a"));
                    connection.SetJobParameter(id, "a", "b");
                    return 0;
                });
                rig.Commit(transaction =>
                {
                    transaction.SetJobState(id, new EnqueuedState());
                    transaction.AddJobState(id, new EnqueuedState());
                    transaction.ExpireJob(id, TimeSpan.FromHours(1));
                    transaction.PersistJob(id);
                });
                Assert.Null(rig.Monitor.JobDetails(id));
            }
        });
    }

    [Theory, EveryStorage]
    public void The_state_is_the_one_that_was_set_not_the_last_one_noted(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        Assert.Null(rig.Read(connection => connection.GetStateData(id)));

        rig.Commit(transaction =>
        {
            transaction.SetJobState(id, new SaidState("First", () => new() { ["key"] = "väl'ue\n" }, "because"));
            transaction.AddJobState(id, new SaidState("Noted", ("other", "thing")));
        });

        var state = rig.Read(connection => connection.GetStateData(id));
        Assert.Equal(("First", "because"), (state.Name, state.Reason));
        Assert.Equal("väl'ue\n", Assert.Single(state.Data).Value);
        Assert.Equal("First", rig.Read(connection => connection.GetJobData(id)).State);
        Assert.Equal(["Noted", "First"], rig.Monitor.JobDetails(id).History.Select(one => one.StateName));
    }

    [Theory, EveryStorage]
    public void A_state_is_asked_for_its_data_when_it_is_set_not_at_the_commit(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();
        var now = "then";

        rig.Commit(transaction =>
        {
            transaction.SetJobState(id, new SaidState("First", () => new() { ["when"] = now }));
            now = "later";
        });

        rig.Holds(Deviation.StateIsAskedAtOnce, () => Assert.Equal("then", rig.Read(connection => connection.GetStateData(id)).Data["when"]));
    }

    [Theory, EveryStorage]
    public void A_job_expires_and_is_kept_as_asked(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create();

        rig.Commit(transaction => transaction.ExpireJob(id, TimeSpan.FromMinutes(10)));
        var end = rig.Monitor.JobDetails(id).ExpireAt;
        rig.Commit(transaction => transaction.PersistJob(id));

        Assert.InRange(end!.Value, DateTime.UtcNow.AddMinutes(5), DateTime.UtcNow.AddMinutes(10).AddSeconds(1));
        Assert.Null(rig.Monitor.JobDetails(id).ExpireAt);
    }
}
