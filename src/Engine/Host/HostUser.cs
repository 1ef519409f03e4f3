using System.Runtime.InteropServices;

namespace VzDump.Engine.Host;

/// <summary>Who this program runs as.</summary>
public static class HostUser
{
    public static bool IsRoot => LinuxCalls.EffectiveUser() == 0;

    /// <summary>Gives a file or folder to somebody else; links are not followed.</summary>
    /// <exception cref="IOException">Only root may.</exception>
    public static void GiveTo(string path, long user, long group)
    {
        if (LinuxCalls.ChangeOwner(path, checked((uint)user), checked((uint)group)) != 0)
        {
            throw new IOException($"'{path}' cannot be given to user {user}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }
}
