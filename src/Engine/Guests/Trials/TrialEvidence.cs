namespace VzDump.Engine.Guests.Trials;

/// <summary>What a trial has shown, as values.</summary>
/// <param name="Shown">How far it came.</param>
/// <param name="Sentence">The same for a person, with what was not looked at.</param>
/// <param name="RestoredBytes">Of the archive, without compression.</param>
/// <param name="RestoreTook">From the first volume to the finished configuration.</param>
/// <param name="BootTook">From the start until what was looked for was seen; null when it was not started or not seen.</param>
/// <param name="Watched">How long it was watched after that; zero when it was not.</param>
public sealed record TrialEvidence(TrialSign Shown, string Sentence, long RestoredBytes, TimeSpan RestoreTook, TimeSpan? BootTook, TimeSpan Watched);

/// <summary>What was seen of a guest that was restored for a trial, from little to much.</summary>
public enum TrialSign
{
    /// <summary>All its data was restored; it was not started, or did not come up.</summary>
    Restored,

    /// <summary>A machine without a guest agent: QEMU ran it, and it neither ended nor began anew again and again. What its system did is not known.</summary>
    MachineRuns,

    /// <summary>A container: its init ran and stayed.</summary>
    InitRuns,

    /// <summary>A machine: the agent within its system answered.</summary>
    AgentAnswers,
}
