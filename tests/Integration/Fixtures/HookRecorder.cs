namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A real hook script that writes down how it was called.</summary>
public static class HookRecorder
{
    /// <param name="behaviour">Lines of bash that it runs after that.</param>
    /// <returns>The script's path.</returns>
    public static async Task<string> WriteAsync(EngineHarness harness, string behaviour)
    {
        var path = Path.Combine(harness.Folder, "hook with space.sh");
        await File.WriteAllTextAsync(path, $$"""
            #!/bin/bash
            line="$*"
            for name in STOREID DUMPDIR VMTYPE HOSTNAME TARGET TARFILE LOGFILE; do
              [ "$name" = HOSTNAME ] && [ -z "$VMTYPE" ] && continue # bash sets it by itself
              [ -n "${!name}" ] && line="$line $name=${!name}"
            done
            echo "$line" >> '{{harness.Folder}}/calls'
            echo "hook says $1"
            {{behaviour}}
            exit 0
            """, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    /// <summary>Each call's arguments and environment, in order.</summary>
    public static Task<string[]> CallsAsync(EngineHarness harness) => File.ReadAllLinesAsync(Path.Combine(harness.Folder, "calls"), TestContext.Current.CancellationToken);

    /// <summary>Each call's phase, in order, with a space between.</summary>
    public static async Task<string> PhasesAsync(EngineHarness harness) => string.Join(' ', (await CallsAsync(harness)).Select(call => call.Split(' ')[0]));
}
