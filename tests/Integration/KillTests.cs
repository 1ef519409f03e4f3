using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The program is killed at each dangerous step of the modes that need no snapshot, and the next start puts the container right.</summary>
public sealed class KillTests
{
    // Before and after each step, and in the middle of those that take a few milliseconds or longer.
    public static TheoryData<string> StopSteps => [.. Around("lock", "prepare", "stop", "cut", "open", "unlock", "dispose", "start"), "stop-during:20", "start-during:20"];

    public static TheoryData<string> SuspendSteps =>
    [
        .. Around("lock", "copy", "suspend", "cut", "resume", "open", "unlock", "dispose"),
        "prepare-after", "copy-during:30", "suspend-during:1", "cut-during:5", "cut-during:20", "resume-during:1",
    ];

    [Theory]
    [MemberData(nameof(StopSteps))]
    public Task A_container_is_put_right_after_a_kill_in_stop_mode(string step) => KilledBackup.IsPutRightAsync("dir", "stop", step);

    [Theory]
    [MemberData(nameof(SuspendSteps))]
    public Task A_container_goes_on_after_a_kill_in_suspend_mode(string step) => KilledBackup.IsPutRightAsync("dir", "suspend", step);

    private static IEnumerable<string> Around(params string[] steps) => steps.SelectMany(step => (string[])[$"{step}-before", $"{step}-after"]);
}
