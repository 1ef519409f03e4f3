using System.Reflection;
using System.Runtime.CompilerServices;
using Hangfire;
using Mono.Cecil;
using AttributeBearer = Mono.Cecil.ICustomAttributeProvider;

namespace VzDump.Tests.Architecture;

/// <summary>The rules of living in the house, each as a search for what breaks it.</summary>
internal static class Rules
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
    private static readonly string[] Drawers = ["Util", "Utils", "Helper", "Helpers", "Manager", "Common", "Model"];

    public static IReadOnlyList<string> NotSealed(IEnumerable<Type> types) =>
        [.. types.Where(type => type is { IsClass: true, IsAbstract: false, IsSealed: false } && !Written.IsCompilers(type) && !Written.IsComponent(type)).Select(Name)];

    public static IReadOnlyList<string> Drawer(IEnumerable<Type> types) =>
    [
        .. types.Where(type => !Written.IsCompilers(type))
            .Where(type => Drawers.Any(drawer => type.Name.Split('`')[0].EndsWith(drawer, StringComparison.Ordinal) || type.Namespace?.Split('.').Contains(drawer) is true))
            .Select(Name),
    ];

    public static IReadOnlyList<string> MutableStatics(IEnumerable<Type> types) =>
    [
        .. types.Where(type => !Written.IsCompilers(type)).SelectMany(type => type.GetFields(Declared))
            .Where(field => field is { IsStatic: true, IsInitOnly: false, IsLiteral: false }).Select(field => $"{Name(field.DeclaringType!)}.{field.Name}"),
    ];

    public static IReadOnlyList<string> AsyncVoid(IEnumerable<Type> types) =>
    [
        .. types.SelectMany(type => type.GetMethods(Declared))
            .Where(method => method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute))).Select(method => $"{Name(method.DeclaringType!)}.{method.Name}"),
    ];

    /// <summary>Types with Hangfire's mark for what it calls, under another name than a runner's.</summary>
    public static IReadOnlyList<string> NamelessRunners(IEnumerable<Type> types) =>
    [
        .. types.Where(type => IsRetryMarked(type) && !type.Name.EndsWith("Runner", StringComparison.Ordinal)).Select(Name),
    ];

    /// <summary>Types that are handed to Hangfire to be called, but do not say that it must not call them again.</summary>
    public static IReadOnlyList<string> UnmarkedRunners(IEnumerable<TypeDefinition> types) =>
    [
        .. types.SelectMany(HandedToHangfire).Select(target => target.Resolve())
            .Where(target => !target.Methods.Cast<AttributeBearer>().Append(target).Any(IsRetryMarked)).Select(target => target.FullName),
    ];

    /// <summary>Types outside one namespace that start programs or call into native libraries.</summary>
    public static IReadOnlyList<string> HostWork(IEnumerable<TypeDefinition> types, string host) =>
    [
        .. from type in types
           where !$"{Uses.NamespaceOf(type)}.".StartsWith($"{host}.", StringComparison.Ordinal)
           from deed in type.Methods.Where(method => method.IsPInvokeImpl).Select(method => $"calls the native {method.Name}")
               .Concat(Uses.Of(type).Where(used => used.FullName is "System.Diagnostics.Process" or "System.Diagnostics.ProcessStartInfo").Select(used => $"uses {used.Name}"))
           select $"{type.FullName} {deed}",
    ];

    public static IReadOnlyList<string> LongerThan(int lines, IEnumerable<string> files) =>
        [.. files.Select(path => (path, Count: File.ReadLines(path).Count())).Where(file => file.Count > lines).Select(file => $"{file.path} has {file.Count} lines")];

    private static IEnumerable<TypeReference> HandedToHangfire(TypeDefinition type) =>
        type.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.Instructions)
            .Select(instruction => instruction.Operand).OfType<GenericInstanceMethod>()
            .Where(call => Uses.NamespaceOf(call.DeclaringType) == nameof(Hangfire)
                && call.Name is "Enqueue" or "Schedule" or "AddOrUpdate" or "ContinueJobWith" or "Create" or "FromExpression")
            .SelectMany(call => call.GenericArguments.Take(1));

    private static bool IsRetryMarked(Type type) =>
        type.IsDefined(typeof(AutomaticRetryAttribute), inherit: false) || type.GetMethods(Declared).Any(method => method.IsDefined(typeof(AutomaticRetryAttribute), inherit: false));

    private static bool IsRetryMarked(AttributeBearer bearer) =>
        bearer.CustomAttributes.Any(attribute => attribute.AttributeType.FullName == typeof(AutomaticRetryAttribute).FullName);

    private static string Name(Type type) => type.FullName ?? type.Name;
}
