using CsCheck;
using Hangfire.Storage;
using VzDump.Tests.HangfireSqlite.Contract;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Storage;

/// <summary>The same random transactions on our storage and on Hangfire.InMemory; after each, everything that can be read is the same.</summary>
public sealed class DifferentialTests
{
    private static readonly string[] Keys = ["a", "b", "stats:succeeded", ""];
    private static readonly string[] Values = ["1", "2", "x", "ä", "\U0001F600", "with 'quotes\"\n", ""];

    private static readonly Gen<Action<JobStorageTransaction, string[]>> Step = Gen.Select(
        Gen.Int[0, 22], Gen.Int[0, Keys.Length - 1].Select(place => Keys[place]), Gen.Int[0, Values.Length - 1].Select(place => Values[place]), Gen.Int[0, 3], Gen.Int[0, 4], Deed);

    [Fact]
    public void Random_transactions_leave_the_same_as_in_Hangfires_own_storage() => Step.Array[1, 8].Array[1, 12].Sample(
        transactions =>
        {
            using var ours = new SqliteRig();
            using var theirs = new InMemoryRig();
            string[] ourJobs = [.. Enumerable.Range(0, 4).Select(_ => ours.Create(("p", "1")))];
            string[] theirJobs = [.. Enumerable.Range(0, 4).Select(_ => theirs.Create(("p", "1")))];
            foreach (var steps in transactions)
            {
                ours.Commit(transaction => Array.ForEach(steps, step => step(transaction, ourJobs)));
                theirs.Commit(transaction => Array.ForEach(steps, step => step(transaction, theirJobs)));
                Assert.Equal(State(theirs, theirJobs), State(ours, ourJobs));
            }
        },
        iter: 60,
        threads: 1);

    private static Action<JobStorageTransaction, string[]> Deed(int deed, string key, string value, int job, int number) => (transaction, jobs) =>
    {
        var hour = TimeSpan.FromHours(1);
        switch (deed)
        {
            case 0: transaction.AddToSet(key, value); break;
            case 1: transaction.AddToSet(key, value, (number - 2) / 2.0); break;
            case 2: transaction.RemoveFromSet(key, value); break;
            case 3: transaction.AddRangeToSet(key, [value, Values[number]]); break;
            case 4: transaction.RemoveSet(key); break;
            case 5: transaction.InsertToList(key, value); break;
            case 6: transaction.RemoveFromList(key, value); break;
            case 7: transaction.TrimList(key, job, number); break;
            case 8: transaction.SetRangeInHash(key, [new(value, Values[number]), new(Values[job], value)]); break;
            case 9: transaction.RemoveHash(key); break;
            case 10: transaction.IncrementCounter(key); break;
            case 11: transaction.DecrementCounter(key, hour); break;
            case 12: transaction.ExpireSet(key, hour); break;
            case 13: transaction.ExpireList(key, hour); break;
            case 14: transaction.ExpireHash(key, hour); break;
            case 15: transaction.PersistSet(key); break;
            case 16: transaction.PersistHash(key); break;
            case 17: transaction.SetJobState(jobs[job], new SaidState(number % 2 == 0 ? "Succeeded" : "Processing", (key, value))); break;
            case 18: transaction.AddJobState(jobs[job], new SaidState("Noted", (key, value))); break;
            case 19: transaction.SetJobParameter(jobs[job], key, number == 0 ? null : value); break;
            case 20: transaction.AddToQueue(number == 0 ? "z" : "default", jobs[job]); break;
            case 21: transaction.ExpireJob(jobs[job], hour); break;
            default: transaction.PersistJob(jobs[job]); break;
        }
    };

    // Line by line, with jobs by their place.
    private static List<string> State(Rig rig, string[] jobs) => rig.Read(connection =>
    {
        var lines = new List<string>();
        void Line(string what, object? value) => lines.Add($"{what}: {value ?? "null"}");
        string Places(IEnumerable<string> ids) => string.Join(',', ids.Select(id => Array.IndexOf(jobs, id)));
        foreach (var key in Keys)
        {
            Line($"set {key}", string.Join('|', connection.GetRangeFromSet(key, 0, 99)));
            Line($"lowest {key}", string.Join('|', connection.GetFirstByLowestScoreFromSet(key, -0.5, 0.5, 2)));
            Line($"set count {key}", connection.GetSetCount(key));
            Line($"set ends {key}", connection.GetSetTtl(key) > TimeSpan.Zero);
            Line($"list {key}", string.Join('|', connection.GetAllItemsFromList(key)));
            Line($"list ends {key}", connection.GetListTtl(key) > TimeSpan.Zero);
            Line($"hash {key}", connection.GetAllEntriesFromHash(key) is { } hash ? string.Join('|', hash.OrderBy(field => field.Key, StringComparer.Ordinal)) : null);
            Line($"hash ends {key}", connection.GetHashTtl(key) > TimeSpan.Zero);
            Line($"counter {key}", connection.GetCounter(key));
        }

        foreach (var (id, place) in jobs.Select((id, place) => (id, place)))
        {
            var (data, state, details) = (connection.GetJobData(id), connection.GetStateData(id), rig.Monitor.JobDetails(id));
            Line($"job {place}", $"{data.State} {string.Join('|', data.ParametersSnapshot.OrderBy(one => one.Key, StringComparer.Ordinal))}");
            Line($"state {place}", state is null ? null : $"{state.Name} {string.Join('|', state.Data)}");
            Line($"ends {place}", details.ExpireAt is not null);
            Line($"history {place}", string.Join('|', details.History.Take(10).Select(one => $"{one.StateName} {string.Join('|', one.Data)}")));
        }

        var statistics = rig.Monitor.GetStatistics();
        Line("statistics", $"{statistics.Processing} {statistics.Succeeded} {statistics.Enqueued}");
        Line("queues", string.Join('|', rig.Monitor.Queues().Select(queue => $"{queue.Name} {queue.Length} {Places(queue.FirstJobs.Select(one => one.Key))}")));
        Line("succeeded", rig.Monitor.SucceededListCount());
        Line("succeeded jobs", Places(rig.Monitor.SucceededJobs(0, 9).Select(one => one.Key).Order(StringComparer.Ordinal)).Length);
        return lines;
    });
}
