using System.Reflection;
using Mono.Cecil;

namespace VzDump.Tests.Architecture;

/// <summary>What the rules look at: the product's assemblies, loaded and as metadata, and its sources.</summary>
internal static class House
{
    public static Assembly Engine { get; } = typeof(VzDump.Engine.Backups.BackupEngine).Assembly;

    public static Assembly HangfireSqlite { get; } = typeof(Hangfire.Storage.SQLite.SQLiteStorage).Assembly;

    public static Assembly Jobs { get; } = typeof(VzDump.Jobs.Runs.BackupRuns).Assembly;

    public static Assembly Web { get; } = typeof(Program).Assembly;

    public static IReadOnlyList<Assembly> Product => [Engine, HangfireSqlite, Jobs, Web];

    /// <summary>Every type of the product that people wrote, with what the compiler made of their lambdas and async methods.</summary>
    public static IEnumerable<Type> Types => Product.SelectMany(assembly => assembly.GetTypes()).Where(Written.ByPeople);

    /// <summary>The same as metadata, in which method bodies can be read.</summary>
    public static IEnumerable<TypeDefinition> Metadata => Product.SelectMany(MetadataOf);

    /// <summary>The folder with the solution.</summary>
    public static string Top { get; } = FindTop();

    /// <summary>Sources below these folders of the repository, without what tools generate.</summary>
    public static IEnumerable<string> Sources(params ReadOnlySpan<string> folders) =>
        folders.ToArray().Select(folder => Path.Combine(Top, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(path => Path.GetExtension(path) is ".cs" or ".razor" or ".css" or ".js")
            .Where(path => !Path.GetRelativePath(Top, path).Split('/').Any(part => part is "bin" or "obj" or "Migrations"));

    /// <summary>All types of an assembly, nested ones too.</summary>
    public static IEnumerable<TypeDefinition> MetadataOf(Assembly assembly) => ModuleDefinition.ReadModule(assembly.Location).GetTypes();

    private static string FindTop()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "VzDump.Web.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"No solution above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
