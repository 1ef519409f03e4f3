using System.Text;
using VzDump.Engine.Browsing;

namespace VzDump.Tests.Engine.Browsing;

public sealed class MemberPathTests
{
    [Theory]
    [InlineData("./etc/hosts", "etc/hosts")]
    [InlineData("/etc//hosts/", "etc/hosts")]
    [InlineData("./", "")]
    [InlineData("./a/./b", "a/b")]
    [InlineData("größe/日本", "größe/日本")]
    [InlineData("a\\b", @"a\\b")]
    [InlineData("a\nb\u001b[2Jc", @"a\x0ab\x1b[2Jc")]
    [InlineData("evil\u202Etxt.exe", @"evil\xe2\x80\xaetxt.exe")]
    public void A_path_has_one_text_that_deceives_nobody(string stored, string shown) =>
        Assert.Equal(shown, MemberPath.Of(Encoding.UTF8.GetBytes(stored))!.Value.ToString());

    [Fact]
    public void Names_that_are_no_text_differ()
    {
        Assert.Equal(@"caf\xe9", MemberPath.Of([.. "caf"u8, 0xE9])!.Value.ToString());
        Assert.NotEqual(MemberPath.Of([0xE9]), MemberPath.Of([0xE8]));
        Assert.NotEqual(MemberPath.Of([0xE9]), MemberPath.Of(@"\xe9"u8));
    }

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("./a/../../b")]
    [InlineData("..")]
    public void A_path_that_leads_elsewhere_is_none(string stored) => Assert.Null(MemberPath.Of(Encoding.UTF8.GetBytes(stored)));

    [Fact]
    public void A_path_longer_than_Linux_takes_is_none() => Assert.Null(MemberPath.Of(new byte[MemberPath.Longest + 1]));

    [Fact]
    public void A_text_of_a_path_reads_back()
    {
        Assert.True(MemberPath.TryParse("/a/b/", out var path));
        Assert.Equal("a/b", path.ToString());
        Assert.Equal("b", path.Name);
        Assert.Equal("a", path.Parent.ToString());
        Assert.Equal(["a", "a/b"], path.Steps.Select(step => step.ToString()));
        Assert.True(MemberPath.TryParse(null, out var root) && root.IsRoot && !root.Steps.Any());
        Assert.False(MemberPath.TryParse("a/../b", out _));
        Assert.False(MemberPath.TryParse("a//b", out _));
    }
}
