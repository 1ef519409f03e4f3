using VzDump.Engine.Guests.Trials;
using VzDump.Jobs.History;

namespace VzDump.Web.Proofs;

/// <summary>Whether it is shown that a guest comes back from its archives.</summary>
/// <param name="Known">Null when no restore of it was ever tested.</param>
/// <param name="IsStale">Whether the last test is too long ago.</param>
public sealed record ProofState(GuestProof? Known, bool IsStale)
{
    public static ProofState Never { get; } = new(null, false);

    /// <summary>good, warn, bad or quiet.</summary>
    public string Tone => Known?.Last switch
    {
        null => "quiet",
        { IsProven: false } => "bad",
        _ when IsStale => "warn",
        { Evidence.Shown: TrialSign.Restored } => "quiet",
        _ => "good",
    };

    /// <summary>In front of when that was, such as <c>proven</c>.</summary>
    public string Word => Known?.Last switch
    {
        null => "never proven by a restore",
        { IsProven: false } => "proof failed",
        { Evidence.Shown: TrialSign.Restored } => "restored, not started",
        _ => "proven by restore",
    };
}
