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

    /// <summary>
    /// Removes a folder with what is in it, never across a mount: what is mounted in there may be a guest's own data. Not with .NET's own call, which
    /// neither knows of mounts nor can delete a file whose name is no UTF-8.
    /// </summary>
    /// <exception cref="ProblemException">Something stays.</exception>
    public static async Task RemoveAsync(string path, HostPrograms programs, CancellationToken cancellation)
    {
        if (MountTable.Below(path).FirstOrDefault() is { } mounted)
        {
            throw new ProblemException($"The temporary folder '{path}' is kept: something is mounted on {mounted}. Unmount it first.");
        }

        var removal = await programs.RunAsync(new HostCommand("rm", "-rf", "--one-file-system", "--", path), cancellation);
        if (!removal.Exit.Succeeded)
        {
            throw new ProblemException($"The temporary folder '{path}' cannot be removed: {removal.Complaint}.");
        }
    }
}
