namespace VzDump.Tests.Architecture;

public sealed class Manners
{
    private const int LongestSource = 400;

    [Fact]
    public void Classes_are_sealed() => Found.Nothing(Rules.NotSealed(House.Types));

    [Fact]
    public void No_type_is_a_drawer_for_everything() => Found.Nothing(Rules.Drawer(House.Types));

    [Fact]
    public void There_is_no_static_state() => Found.Nothing(Rules.MutableStatics(House.Types));

    [Fact]
    public void Nothing_is_async_void() => Found.Nothing(Rules.AsyncVoid(House.Types));

    [Fact]
    public void What_Hangfire_calls_is_named_a_runner() => Found.Nothing(Rules.NamelessRunners(House.Types));

    [Fact]
    public void What_Hangfire_calls_says_how_often_it_may_be_tried() => Found.Nothing(Rules.UnmarkedRunners(House.Metadata));

    [Fact]
    public void No_source_file_is_longer_than_400_lines() => Found.Nothing(Rules.LongerThan(LongestSource, House.Sources("src", "tests", "bench", "wwwroot")));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(House.Top, "VzDump.Web.sln")).Replace('\\', '/');
        var projects = ((string[])["src", "tests"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(House.Top, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(House.Top, path));
        Assert.All(projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }
}
