namespace VzDump.Tests.Jobs;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("vzdump-jobs-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
