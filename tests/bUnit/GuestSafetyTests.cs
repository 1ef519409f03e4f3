using VzDump.Web.Guests;

namespace VzDump.Tests.bUnit;

public sealed class GuestSafetyTests
{
    [Fact]
    public void Guests_without_a_backup_are_told_first()
    {
        var safety = GuestSafety.Of([Make.Row(Make.Guest(100)), Make.Row(Make.Guest(101), Make.Archive(101, TimeSpan.FromDays(30)))], Make.Now);
        Assert.Equal("2 guests, 1 has no backup yet", safety.Sentence);
        Assert.Equal("warn", safety.Tone);
    }

    [Fact]
    public void An_old_last_backup_is_a_warning()
    {
        var safety = GuestSafety.Of([Make.Row(Make.Guest(), Make.Archive(age: TimeSpan.FromDays(8)))], Make.Now);
        Assert.Equal("1 guest, 1 has no backup of the last 7 days", safety.Sentence);
        Assert.Contains("8 days ago", safety.Detail);
    }

    [Fact]
    public void Recent_backups_of_all_are_good()
    {
        var safety = GuestSafety.Of([Make.Row(Make.Guest(100), Make.Archive(100, TimeSpan.FromHours(3))), Make.Row(Make.Guest(), Make.Archive())], Make.Now);
        Assert.Equal("2 guests, each has a recent backup", safety.Sentence);
        Assert.Equal("good", safety.Tone);
    }

    [Fact]
    public void An_empty_node_is_neither_good_nor_bad() => Assert.Equal("quiet", GuestSafety.Of([], Make.Now).Tone);
}
