using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests;

/// <summary>A guest's firewall rules, which Proxmox VE keeps in a file of their own.</summary>
internal static class GuestFirewall
{
    /// <summary>Null when the guest has none.</summary>
    public static async Task<string?> ReadAsync(NodePaths paths, Guest guest, CancellationToken cancellation)
    {
        var path = Path.Combine(paths.FirewallFolder, $"{guest.Id}.fw");
        return guest.LxcPath is null && File.Exists(path) ? await ConfigText.ReadAsync(path, cancellation) : null;
    }
}
