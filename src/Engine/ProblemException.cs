namespace VzDump.Engine;

/// <summary>An expected failure. The message is a sentence for the person who reads the log: what failed, and what to do where that is known.</summary>
public sealed class ProblemException : Exception
{
    public ProblemException(string message)
        : base(message)
    {
    }

    public ProblemException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
