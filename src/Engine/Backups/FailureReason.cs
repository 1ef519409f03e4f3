using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>Says in a sentence why something failed.</summary>
internal static class FailureReason
{
    public static string Of(Exception error, BackupStorage storage) => error switch
    {
        ProblemException => error.Message,
        IOException { HResult: LinuxCalls.NoSpaceLeft } => $"The {storage.DisplayName} is full: no space left in {storage.Folder}. Remove old archives or choose another storage.",
        IOException { HResult: LinuxCalls.OverQuota } => $"The {storage.DisplayName} is full: the quota of {storage.Folder} is used up.",
        IOException { HResult: LinuxCalls.ReadOnlyFileSystem } => $"The {storage.DisplayName} cannot be written: {storage.Folder} is on a file system that is mounted read-only.",
        IOException { HResult: LinuxCalls.InputOutputError } => $"Reading or writing failed with an input/output error; the disk may be damaged ({error.Message}).",
        _ => error.Message,
    };

    /// <summary>Whether this is a fault of the program, whose details belong into the program's own log.</summary>
    public static bool IsUnexpected(Exception error) => error is not (ProblemException or IOException or UnauthorizedAccessException);
}
