using VzDump.Engine.Host;

namespace VzDump.Engine.Configuration;

/// <summary>Changes configuration files while nobody else who keeps to the same lock does.</summary>
public sealed class ConfigFiles(NodePaths paths, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads, changes and writes a file; one that is not there is an empty one.</summary>
    /// <param name="change">From the whole text to the whole text. It may be refused by throwing.</param>
    /// <exception cref="ProblemException">The file is locked, cannot be read or written, or was changed in between.</exception>
    public async Task<string> ChangeAsync(string path, Func<string, string> change, CancellationToken cancellation)
    {
        using var held = await TakeAsync(path, cancellation);
        var file = await ConfigFile.ReadAsync(path, cancellation);
        return (await file.WriteAsync(change(file.Text), cancellation)).Text;
    }

    private async Task<IDisposable> TakeAsync(string path, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            if (ConfigText.Try<IDisposable?>(path, () => TryTake(path)) is { } taken)
            {
                return taken;
            }

            if (time.GetElapsedTime(start) > Patience)
            {
                throw new ProblemException($"The configuration '{path}' is being changed by somebody else ({LockOf(path)} is held). Try again in a moment.");
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    private IDisposable? TryTake(string path) => IsOfCluster(path) ? FolderLock.TryTake(LockOf(path)) : FileLock.TryTake(LockOf(path));

    // e.g. /etc/pve/priv/lock/file-jobs_cfg, as Proxmox VE names it; for files of this node alone, a file in our own folder
    private string LockOf(string path) => IsOfCluster(path)
        ? Path.Combine(paths.ClusterLockFolder, $"file-{Path.GetRelativePath(paths.ConfigFolder, path).Replace('/', '_').Replace('.', '_')}")
        : Path.Combine(paths.DataFolder, $"{Path.GetFileName(path)}.lock");

    private bool IsOfCluster(string path) => paths.IsProxmox && Directory.Exists(paths.ClusterLockFolder) && path.StartsWith(paths.ConfigFolder + "/", StringComparison.Ordinal);
}
