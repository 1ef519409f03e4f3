namespace VzDump.Engine.Guests;

/// <summary>A virtual machine or container that this node knows.</summary>
public sealed record Guest
{
    public required GuestId Id { get; init; }

    public required GuestKind Kind { get; init; }

    /// <summary>The name its configuration gives it (<c>name</c>, <c>hostname</c> or the LXC container's own name).</summary>
    public required string Name { get; init; }

    /// <summary>Where its configuration is kept.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>The folder below which LXC knows this container by name, for containers of a plain LXC host; null for guests with a Proxmox configuration.</summary>
    public string? LxcPath { get; init; }

    /// <summary>Whether this program made the guest for trying it out.</summary>
    public bool IsSample { get; init; }

    /// <summary>Whether it was only made to try an archive, and will be removed. Something to hide from lists; what is stopped and removed is known by its <see cref="Trials.TrialMark"/>.</summary>
    public bool IsTrial { get; init; }
}
