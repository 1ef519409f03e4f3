using System.Text.RegularExpressions;

namespace VzDump.Tests.Architecture;

public sealed partial class Documents
{
    [Fact]
    public void Every_test_that_the_table_of_parity_names_exists()
    {
        var named = TestName().Matches(File.ReadAllText(Path.Combine(House.Top, "docs", "vzdump-parity.md"))).Select(match => match.Groups["name"].Value).Distinct().ToList();
        var tests = string.Concat(House.Sources("tests").Select(File.ReadAllText));

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains($" {name}(", tests, StringComparison.Ordinal));
    }

    // e.g. `A_locked_guest_is_refused_its_lock_named_and_kept`
    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+){2,})`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TestName();
}
