using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;

namespace VzDump.Tests.Architecture;

/// <summary>Tells what people wrote from what tools generate.</summary>
internal static class Written
{
    // The class that the Razor compiler makes of a folder's _Imports.razor.
    private const string Imports = "_Imports";

    /// <summary>In our namespaces (or Program, which has none), and not a database migration.</summary>
    public static bool ByPeople(Type type) =>
        type.Name is not Imports
        && (type.Namespace is null ? type.Name == nameof(Program) : type.Namespace.StartsWith("VzDump.", StringComparison.Ordinal))
        && type.Namespace?.EndsWith(".Migrations", StringComparison.Ordinal) is not true;

    /// <summary>Made by the compiler: closures, state machines, attributes it needs.</summary>
    public static bool IsCompilers(Type type) =>
        type.Name.StartsWith('<') || type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) || (type.DeclaringType is { } outer && IsCompilers(outer));

    /// <summary>A component's class may be written by the Razor compiler alone, which seals nothing.</summary>
    public static bool IsComponent(Type type) => type.IsAssignableTo(typeof(ComponentBase));
}
