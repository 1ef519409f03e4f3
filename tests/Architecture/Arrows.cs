using System.Reflection;

namespace VzDump.Tests.Architecture;

public sealed class Arrows
{
    [Fact]
    public void The_engine_knows_neither_jobs_nor_web()
    {
        Assert.DoesNotContain("VzDump.Jobs", References(House.Engine));
        Assert.DoesNotContain("VzDump.Web", References(House.Engine));
    }

    [Fact]
    public void Jobs_do_not_know_the_web() => Assert.DoesNotContain("VzDump.Web", References(House.Jobs));

    [Theory]
    [InlineData("Hangfire")]
    [InlineData("Microsoft.AspNetCore")]
    [InlineData("Microsoft.EntityFrameworkCore")]
    [InlineData("Microsoft.Data.Sqlite")]
    [InlineData("MudBlazor")]
    public void The_engine_needs_no_web_server_job_server_or_database(string library) =>
        Assert.DoesNotContain(References(House.Engine), name => name.StartsWith(library, StringComparison.Ordinal));

    [Fact]
    public void The_job_storage_knows_Hangfire_and_SQLite_and_nothing_of_ours() => Assert.All(References(House.HangfireSqlite), name => Assert.True(
        name is "Hangfire.Core" or "Microsoft.Data.Sqlite" or "SQLitePCLRaw.core" || name.StartsWith("System.", StringComparison.Ordinal),
        name));

    [Fact]
    public void Jobs_draw_no_pages() => Assert.DoesNotContain(References(House.Jobs), name => name.StartsWith("MudBlazor", StringComparison.Ordinal));

    [Fact]
    public void Every_namespace_of_the_engine_is_a_known_room() => Found.Nothing(Rooms.OfEngine.Unknown(House.MetadataOf(House.Engine)));

    [Fact]
    public void No_room_of_the_engine_uses_one_above_or_beside_it() => Found.Nothing(Rooms.OfEngine.Violations(House.MetadataOf(House.Engine)));

    [Fact]
    public void Only_the_host_room_starts_programs_and_calls_the_system() => Found.Nothing(Rules.HostWork(House.Metadata, "VzDump.Engine.Host"));

    [Fact]
    public void The_registration_door_is_used_by_no_room() => Assert.DoesNotContain(
        House.MetadataOf(House.Engine).Where(type => Uses.NamespaceOf(type) != "VzDump.Engine"),
        type => Uses.Of(type).Any(used => used.FullName == "VzDump.Engine.EngineServices"));

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(reference => reference.Name!);
}
