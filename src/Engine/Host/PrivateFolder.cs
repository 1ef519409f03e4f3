using System.Runtime.InteropServices;

namespace VzDump.Engine.Host;

/// <summary>A folder for secrets, such as a guest's configuration.</summary>
internal static class PrivateFolder
{
    private const int OnlyOwner = 0b111_000_000;

    /// <summary>Makes a folder that only its owner can enter. One that is there already may be a trap that somebody laid in a folder open to all.</summary>
    /// <exception cref="ProblemException">It is there already, or cannot be made.</exception>
    public static void Make(string path)
    {
        if (LinuxCalls.MakeFolder(path, OnlyOwner) != 0)
        {
            throw new ProblemException($"The temporary folder '{path}' cannot be made: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }
}
