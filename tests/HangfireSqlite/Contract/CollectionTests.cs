using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

public sealed class CollectionTests
{
    [Theory, EveryStorage]
    public void A_set_is_ordered_by_score_and_then_by_value(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction =>
        {
            transaction.AddToSet("set", "b", 2);
            transaction.AddToSet("set", "a", 2);
            transaction.AddToSet("set", "z", -1.5);
            transaction.AddToSet("set", "plain");
            transaction.AddToSet("other", "x", 1);
        });

        rig.Read(connection =>
        {
            rig.Holds(Deviation.SetRangesByScore, () => Assert.Equal(["z", "plain", "a", "b"], connection.GetRangeFromSet("set", 0, 3)));
            Assert.Equal(["a", "b", "plain", "z"], connection.GetAllItemsFromSet("set").Order());
            Assert.Equal(4, connection.GetSetCount("set"));
            Assert.Empty(connection.GetRangeFromSet("set", 4, 10));
            Assert.Equal(2, connection.GetRangeFromSet("set", 2, 10).Count);
            Assert.Empty(connection.GetAllItemsFromSet("none"));
            Assert.Equal(0, connection.GetSetCount("none"));
            return 0;
        });
    }

    [Theory, EveryStorage]
    public void Adding_what_is_in_a_set_changes_its_score(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction => transaction.AddToSet("set", "a", 5));
        rig.Commit(transaction => transaction.AddToSet("set", "a", 1));

        rig.Read(connection =>
        {
            Assert.Equal("a", connection.GetFirstByLowestScoreFromSet("set", 0, 1));
            Assert.Null(connection.GetFirstByLowestScoreFromSet("set", 2, 9));
            Assert.Equal(1, connection.GetSetCount("set"));
            return 0;
        });
    }

    [Theory, EveryStorage]
    public void The_lowest_scores_are_found_between_inclusive_bounds(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction =>
        {
            foreach (var score in (int[])[1, 2, 3, 4])
            {
                transaction.AddToSet("set", $"at{score}", score);
            }
        });

        rig.Read(connection =>
        {
            Assert.Equal("at2", connection.GetFirstByLowestScoreFromSet("set", 2, 4));
            Assert.Equal(["at2", "at3"], connection.GetFirstByLowestScoreFromSet("set", 2, 3, 10));
            Assert.Equal(["at1", "at2"], connection.GetFirstByLowestScoreFromSet("set", double.MinValue, double.MaxValue, 2));
            Assert.Empty(connection.GetFirstByLowestScoreFromSet("none", 0, 1, 1));
            return 0;
        });
    }

    [Theory, EveryStorage]
    public void Sets_are_filled_asked_counted_together_and_removed(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction =>
        {
            transaction.AddRangeToSet("a", ["1", "2", "3"]);
            transaction.AddRangeToSet("b", ["1"]);
            transaction.AddRangeToSet("empty", []);
        });

        rig.Read(connection =>
        {
            rig.Holds(Deviation.SetsAreAsked, () =>
            {
                Assert.True(connection.GetSetContains("a", "2"));
                Assert.False(connection.GetSetContains("b", "2"));
                Assert.Equal(4, connection.GetSetCount(["a", "b", "none"], 10));
                Assert.Equal(2, connection.GetSetCount(["a", "b"], 2));
                Assert.Equal(0, connection.GetSetCount([], 2));
            });
            return 0;
        });
        rig.Commit(transaction =>
        {
            transaction.RemoveFromSet("a", "2");
            transaction.RemoveFromSet("a", "unknown");
            transaction.RemoveSet("b");
            transaction.RemoveSet("none");
        });
        Assert.Equal(["1", "3"], rig.Read(connection => connection.GetRangeFromSet("a", 0, 9)).Order());
        Assert.Equal(0, rig.Read(connection => connection.GetSetCount("b")));
    }

    [Theory, EveryStorage]
    public void A_range_may_hold_what_the_set_has_already(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction => transaction.AddRangeToSet("a", ["1"]));

        rig.Holds(Deviation.RangesMayRepeat, () => rig.Commit(transaction => transaction.AddRangeToSet("a", ["1", "2"])));
    }

    [Theory, EveryStorage]
    public void A_list_shows_the_newest_first_and_is_trimmed_to_a_range(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction =>
        {
            foreach (var value in (string[])["1", "2", "3", "2", "4"])
            {
                transaction.InsertToList("list", value);
            }
        });

        rig.Read(connection =>
        {
            Assert.Equal(["4", "2", "3", "2", "1"], connection.GetAllItemsFromList("list"));
            Assert.Equal(["2", "3"], connection.GetRangeFromList("list", 1, 2));
            Assert.Empty(connection.GetRangeFromList("list", 5, 9));
            Assert.Equal(5, connection.GetListCount("list"));
            Assert.Empty(connection.GetAllItemsFromList("none"));
            return 0;
        });
        rig.Commit(transaction => transaction.RemoveFromList("list", "2"));
        Assert.Equal(["4", "3", "1"], rig.Read(connection => connection.GetAllItemsFromList("list")));
        rig.Commit(transaction => transaction.TrimList("list", 1, 5));
        rig.Holds(Deviation.TrimCountsFromTheNewest, () => Assert.Equal(["3", "1"], rig.Read(connection => connection.GetAllItemsFromList("list"))));
        rig.Commit(transaction => transaction.TrimList("list", 1, 0));
        Assert.Equal(0, rig.Read(connection => connection.GetListCount("list")));
    }

    [Theory, EveryStorage]
    public void Trimming_to_before_the_beginning_empties_a_list(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction => transaction.InsertToList("list", "1"));

        rig.Holds(Deviation.NegativeTrim, () =>
        {
            rig.Commit(transaction => transaction.TrimList("list", -5, -1));
            Assert.Equal(0, rig.Read(connection => connection.GetListCount("list")));
        });
    }

    [Theory, EveryStorage]
    public void A_hash_is_there_when_a_field_is(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction => transaction.SetRangeInHash("empty", []));
        rig.Commit(transaction => transaction.SetRangeInHash("hash", [new("a", "1"), new("b", "2")]));
        rig.Read(connection =>
        {
            connection.SetRangeInHash("hash", [new("b", "3"), new("c", "")]);
            return 0;
        });

        rig.Read(connection =>
        {
            Assert.Null(connection.GetAllEntriesFromHash("empty"));
            Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["b"] = "3", ["c"] = "" }, connection.GetAllEntriesFromHash("hash"));
            Assert.Equal("3", connection.GetValueFromHash("hash", "b"));
            Assert.Null(connection.GetValueFromHash("hash", "z"));
            Assert.Null(connection.GetValueFromHash("none", "a"));
            Assert.Equal(3, connection.GetHashCount("hash"));
            return 0;
        });
        rig.Commit(transaction => transaction.RemoveHash("hash"));
        Assert.Null(rig.Read(connection => connection.GetAllEntriesFromHash("hash")));
    }

    [Theory, EveryStorage]
    public void A_hash_field_may_be_null(StorageKind kind)
    {
        using var rig = Rig.Of(kind);

        rig.Commit(transaction => transaction.SetRangeInHash("hash", [new("a", null!)]));

        Assert.Null(rig.Read(connection => connection.GetValueFromHash("hash", "a")));
        Assert.Equal(1, rig.Read(connection => connection.GetHashCount("hash")));
    }

    [Theory, EveryStorage]
    public void Counters_count_at_once_in_both_directions(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction =>
        {
            transaction.IncrementCounter("a");
            transaction.IncrementCounter("a", TimeSpan.FromHours(1));
            transaction.IncrementCounter("a");
            transaction.DecrementCounter("a");
            transaction.DecrementCounter("b");
            transaction.DecrementCounter("b", TimeSpan.FromHours(1));
        });

        Assert.Equal((2, -2, 0), rig.Read(connection => (connection.GetCounter("a"), connection.GetCounter("b"), connection.GetCounter("none"))));
    }

    [Theory, EveryStorage]
    public void Sets_lists_and_hashes_expire_as_a_whole_and_can_be_kept_after_all(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        rig.Commit(transaction =>
        {
            transaction.AddToSet("key", "1");
            transaction.InsertToList("key", "1");
            transaction.SetRangeInHash("key", [new("1", "1")]);
        });
        Assert.All(Left(rig), left => Assert.True(left < TimeSpan.Zero));
        rig.Commit(transaction =>
        {
            transaction.ExpireSet("key", TimeSpan.FromHours(1));
            transaction.ExpireList("key", TimeSpan.FromHours(1));
            transaction.ExpireHash("key", TimeSpan.FromHours(1));
            transaction.ExpireSet("none", TimeSpan.FromHours(1));
        });
        Assert.All(Left(rig), left => Assert.InRange(left, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61)));
        rig.Commit(transaction =>
        {
            transaction.PersistSet("key");
            transaction.PersistList("key");
            transaction.PersistHash("key");
            transaction.PersistHash("none");
        });
        Assert.All(Left(rig), left => Assert.True(left < TimeSpan.Zero));
        Assert.True(rig.Read(connection => connection.GetSetTtl("none")) < TimeSpan.Zero);
    }

    private static TimeSpan[] Left(Rig rig) =>
        rig.Read(connection => new[] { connection.GetSetTtl("key"), connection.GetListTtl("key"), connection.GetHashTtl("key") });
}
