namespace VzDump.Tests.Jobs;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("vzdump-jobs-").FullName;

    /// <summary>The database that belongs to it; null for a file in it.</summary>
    public string? PostgreSql { get; set; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
