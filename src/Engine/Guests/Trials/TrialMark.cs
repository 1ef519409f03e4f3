namespace VzDump.Engine.Guests.Trials;

/// <summary>
/// What a guest is known by that was made to try an archive: a line in its configuration, and a machine's identity, which its QEMU is started
/// with. No other guest has it, so by it alone such a guest is stopped and removed; its VMID may be somebody else's by then.
/// </summary>
public sealed record TrialMark(Guid Id)
{
    /// <summary>How the mark of any such guest begins, and the name of such a guest.</summary>
    public const string Beginning = "#vzdump-web restore test ", NameBeginning = "restore-test-";

    /// <summary>e.g. <c>#vzdump-web restore test 0199d0b4-…</c>, a comment for LXC and for Proxmox VE.</summary>
    public string Line => $"{Beginning}{Id:D}";

    /// <summary>Whether this configuration is that of the guest.</summary>
    public bool IsIn(string config) => config.Split('\n').Any(line => line.TrimEnd('\r', ' ') == Line);

    /// <summary>Whether an argument of a running program says that it is this guest's.</summary>
    public bool IsIn(IEnumerable<string> arguments) => arguments.Any(argument => argument.Contains($"{Id:D}", StringComparison.OrdinalIgnoreCase));
}
