using System.Reflection;
using VzDump.Tests.Architecture.Offenders;

namespace VzDump.Tests.Architecture;

/// <summary>Each rule finds what breaks it; a rule that finds nothing anywhere would keep nothing.</summary>
public sealed class RulesTests
{
    private static readonly Rooms OffendersHouse = new(Root, ["Low", "Beside"], ["High"]);

    private static string Root => typeof(NotSealed).Namespace!;

    private static IEnumerable<Type> Types => Assembly.GetExecutingAssembly().GetTypes().Where(type => type.Namespace == Root);

    private static IEnumerable<Mono.Cecil.TypeDefinition> Metadata =>
        House.MetadataOf(Assembly.GetExecutingAssembly()).Where(type => Uses.NamespaceOf(type).StartsWith(Root, StringComparison.Ordinal));

    [Fact]
    public void An_open_class_is_found() => Assert.Equal([typeof(NotSealed).FullName!], Rules.NotSealed(Types));

    [Fact]
    public void A_drawer_is_found_by_the_end_of_its_name() => Assert.Equal([typeof(GuestHelper).FullName!], Rules.Drawer(Types));

    [Fact]
    public void Static_fields_and_properties_that_change_are_found() => Assert.Equal(
        [$"{typeof(Stateful).FullName}.<ChangingProperty>k__BackingField", $"{typeof(Stateful).FullName}.Changing"],
        Rules.MutableStatics(Types).Order(StringComparer.Ordinal));

    [Fact]
    public void An_async_void_method_is_found_and_an_async_void_lambda_too() => Assert.Collection(
        Rules.AsyncVoid(Types).Order(StringComparer.Ordinal),
        found => Assert.Contains("<Lambda>", found, StringComparison.Ordinal),
        found => Assert.EndsWith("Careless.Forget", found, StringComparison.Ordinal));

    [Fact]
    public void A_runner_by_another_name_is_found() => Assert.Equal([typeof(Nameless).FullName!], Rules.NamelessRunners(Types));

    [Fact]
    public void A_runner_without_its_mark_is_found() => Assert.Equal([typeof(UnmarkedRunner).FullName!], Rules.UnmarkedRunners(Metadata));

    [Fact]
    public void Starting_programs_and_native_calls_are_found() => Assert.Equal(
        [$"{Root}.Low.Starter calls the native ProcessId", $"{Root}.Low.Starter uses Process"],
        Rules.HostWork(Metadata, $"{Root}.High").Order(StringComparer.Ordinal));

    [Fact]
    public void They_are_allowed_in_the_room_for_it() => Assert.Empty(Rules.HostWork(Metadata, $"{Root}.Low"));

    [Fact]
    public void A_room_that_uses_one_above_or_beside_it_is_found_in_signatures_bodies_and_async_bodies()
    {
        var found = OffendersHouse.Violations(Metadata);

        Assert.Equal(
            ["Beside.UsesItsNeighbour", "Low.InABody", "Low.InASignature", "Low.InAnAsyncBody"],
            found.Select(sentence => sentence[(Root.Length + 1)..].Split(' ', '/')[0]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_room_that_nobody_has_heard_of_is_found() => Assert.Equal([$"{Root}.Unheard is no known room"], OffendersHouse.Unknown(Metadata));

    [Fact]
    public void A_long_file_is_found()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, Enumerable.Repeat("", 3));

            Assert.Empty(Rules.LongerThan(3, [path]));
            Assert.Single(Rules.LongerThan(2, [path]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_rules_see_the_product()
    {
        Assert.All(House.Product, assembly => Assert.Contains(House.Types, type => type.Assembly == assembly));
        Assert.Contains(House.Metadata, type => type.FullName == "VzDump.Engine.Host.HostPrograms");
        Assert.Contains(House.Sources("src"), path => path.EndsWith("HostPrograms.cs", StringComparison.Ordinal));
    }
}
