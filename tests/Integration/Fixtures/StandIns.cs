using VzDump.Engine.Host;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Programs of the host in whose place tests put their own.</summary>
public static class StandIns
{
    /// <summary>The host's programs, and in front of them shell scripts that know the folder as <c>$folder</c>.</summary>
    public static async Task<HostPrograms> MakeAsync(string folder, params (string Name, string Script)[] scripts)
    {
        var programs = Path.Combine(folder, "programs");
        Directory.CreateDirectory(programs);
        foreach (var (name, script) in scripts)
        {
            var path = Path.Combine(programs, name);
            await File.WriteAllTextAsync(path, $"#!/bin/sh\nfolder='{folder}'\n{script}\n");
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }

        return new HostPrograms([programs, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
    }
}
