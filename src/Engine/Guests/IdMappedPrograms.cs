using System.Globalization;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests;

/// <summary>Runs programs that see the ids of an unprivileged container.</summary>
internal static class IdMappedPrograms
{
    /// <summary>The same command as the container's root; unchanged without a map.</summary>
    /// <exception cref="ProblemException">LXC's program for it is missing.</exception>
    public static HostCommand SeeingIds(this HostCommand command, IReadOnlyList<IdMapping> map, HostPrograms programs)
    {
        if (map.Count == 0)
        {
            return command;
        }

        programs.Require("lxc-usernsexec");
        var arguments = map.SelectMany(mapping => (string[])["-m", string.Create(CultureInfo.InvariantCulture, $"{mapping.Kind}:{mapping.Inside}:{mapping.Outside}:{mapping.Count}")]);
        // lxc-usernsexec says 0 when its child is killed; the shell between makes that 137, and a cut archive or half tree an error.
        return command.Under("lxc-usernsexec", [.. arguments, "--", "/bin/sh", "-c", "\"$@\"; exit $?", "_"]);
    }
}
