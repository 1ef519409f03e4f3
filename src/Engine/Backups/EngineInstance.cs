using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>Keeps a second program off a data folder in use: it would take the first one's work for left over.</summary>
public sealed class EngineInstance(NodePaths paths) : IDisposable
{
    private FileLock? _held;

    /// <summary>Holds the data folder until disposed, or until the process ends.</summary>
    /// <exception cref="ProblemException">Another program holds it.</exception>
    public void Claim() => _held ??= FileLock.TryTake(paths.InstanceLock)
        ?? throw new ProblemException($"Another VzDump.Web works with the data folder {paths.DataFolder}. Stop it, or choose another folder (--data FOLDER).");

    public void Dispose() => _held?.Dispose();
}
