using Mono.Cecil;

namespace VzDump.Tests.Architecture;

/// <summary>Rooms below a namespace, from the lowest storey to the highest. A room may use those of lower storeys only.</summary>
internal sealed class Rooms(string root, params IReadOnlyList<IReadOnlyList<string>> storeys)
{
    public static Rooms OfEngine { get; } = new(
        "VzDump.Engine",
        ["Host"],
        ["Configuration", "Compression", "Bandwidth", "Schedules"],
        ["Guests"],
        ["Archives"],
        ["Retention"],
        ["Storages"],
        ["Hooks", "Samples"],
        ["Backups"],
        ["Restores", "Browsing", "Notifications"]);

    /// <summary>Namespaces of these types that are no room of this house.</summary>
    public IReadOnlyList<string> Unknown(IEnumerable<TypeDefinition> types) =>
        [.. types.Select(RoomOf).OfType<string>().Distinct().Where(room => StoreyOf(room) < 0).Select(room => $"{root}.{room} is no known room")];

    /// <summary>Sentences about types that use another room of the same storey or above.</summary>
    public IReadOnlyList<string> Violations(IEnumerable<TypeDefinition> types) =>
    [
        .. from type in types
           let room = RoomOf(type)
           where room is not null
           from used in Uses.Of(type)
           let other = RoomOf(used)
           where other is not null && other != room && StoreyOf(other) >= StoreyOf(room)
           select $"{type.FullName} uses {used.FullName}, but {room} may not use {other}",
    ];

    // e.g. Guests for VzDump.Engine.Guests.Lxc.LxcDriver; null outside the house and for what stands in its hall, VzDump.Engine itself
    private string? RoomOf(TypeReference type) =>
        Uses.NamespaceOf(type) is var name && name.StartsWith(root + ".", StringComparison.Ordinal) ? name[(root.Length + 1)..].Split('.')[0] : null;

    private int StoreyOf(string room) => storeys.ToList().FindIndex(storey => storey.Contains(room));
}
