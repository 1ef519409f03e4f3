using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Storages;

namespace VzDump.Tests.Engine.Storages;

public sealed class BackupStorageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-storage-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_storage_of_other_nodes_is_refused_and_named()
    {
        Assert.Contains("'nas' is not for this node", Refused(("nodes", "pve1,pve2")), StringComparison.Ordinal);
        Assert.Equal(Path.Combine(_folder, "dump"), BackupStorage.Activate(Storage(("nodes", $"pve1, {Environment.MachineName.Split('.')[0]}"))).Folder);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("yes")]
    public void A_storage_that_must_be_mounted_is_refused_while_it_is_not(string word)
    {
        Assert.Contains($"nothing is mounted on {_folder}", Refused(("is_mountpoint", word)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "dump")), "a folder was made below the place where the disk is to be mounted");
    }

    [Fact]
    public void The_mount_point_may_be_another_folder()
    {
        Assert.Contains("nothing is mounted on /proc/self", Refused(("is_mountpoint", "/proc/self")), StringComparison.Ordinal);
        Assert.NotNull(BackupStorage.Activate(Storage(("is_mountpoint", "/proc/"))));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("no")]
    public void A_storage_that_need_not_be_mounted_is_used(string word) => Assert.NotNull(BackupStorage.Activate(Storage(("is_mountpoint", word))));

    private string Refused(params (string Key, string Value)[] more) => Assert.Throws<ProblemException>(() => BackupStorage.Activate(Storage(more))).Message;

    private StorageDefinition Storage(params (string Key, string Value)[] more) =>
        new(new ConfigSection("dir", "nas", more.Append(("path", _folder)).Append(("content", "backup")).ToDictionary()));
}
