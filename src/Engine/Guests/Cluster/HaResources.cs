using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Cluster;

/// <summary>Which guests Proxmox VE's high availability watches over, from ha/resources.cfg.</summary>
public sealed class HaResources
{
    private const string Started = "started";
    private readonly IReadOnlyDictionary<(string Type, string Id), string> _states;

    private HaResources(IReadOnlyDictionary<(string Type, string Id), string> states) => _states = states;

    /// <summary>Without the file no guest is.</summary>
    /// <exception cref="ProblemException">The file cannot be read or is broken; the message names file and line.</exception>
    public static async Task<HaResources> ReadAsync(NodePaths paths, CancellationToken cancellation) =>
        Parse((await ConfigFile.ReadAsync(paths.HaResources, cancellation)).Text, paths.HaResources);

    // e.g. "vm: 101\n\tstate started\n\ngroup: …"; without a state it is "started", whose older name is "enabled"
    public static HaResources Parse(string text, string file) => new(SectionConfig.Parse(text, file).Where(section => section.Type is "vm" or "ct").ToDictionary(
        section => (section.Type, section.Id.TrimStart('0')),
        section => section["state"] is null or "enabled" ? Started : section["state"]!));

    /// <summary>The state that high availability keeps a guest in (<c>started</c>, <c>stopped</c>, <c>ignored</c> …); null when it does not watch over it.</summary>
    public string? StateOf(GuestKind kind, GuestId id) => _states.GetValueOrDefault((kind is GuestKind.Qemu ? "vm" : "ct", id.ToString()));

    /// <summary>Whether it would start the guest again that somebody stops.</summary>
    public bool KeepsStarted(GuestKind kind, GuestId id) => StateOf(kind, id) == Started;
}
