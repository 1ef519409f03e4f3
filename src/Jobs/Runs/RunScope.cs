using VzDump.Engine.Guests;

namespace VzDump.Jobs.Runs;

/// <summary>Runs in which a guest of these is worked on, and those that somebody started.</summary>
public sealed record RunScope(string StartedBy, IReadOnlySet<GuestId> Guests);
