using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Configuration;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Web.SignIn;

namespace VzDump.Web.Conf;

/// <summary>vzdump.conf as the page about it reads and writes it.</summary>
public sealed class DefaultsFile(NodePaths paths, ConfigFiles files, StorageInventory storages, AuditTrail audit)
{
    public string Path => paths.VzdumpConfig;

    /// <summary>Empty when there is no file.</summary>
    /// <exception cref="ProblemException">It cannot be read or is no text.</exception>
    public async Task<string> ReadAsync(CancellationToken cancellation) => (await ConfigFile.ReadAsync(Path, cancellation)).Text;

    /// <summary>None when storage.cfg cannot be read: other pages tell that.</summary>
    public async Task<IReadOnlyList<StorageState>> ListStoragesAsync(CancellationToken cancellation)
    {
        try
        {
            return await storages.ListAsync(cancellation);
        }
        catch (ProblemException)
        {
            return [];
        }
    }

    /// <summary>Writes the file over what was read.</summary>
    /// <exception cref="ProblemException">He may not do this, a value is not allowed, somebody else has changed the file, or it cannot be written. It is as it was.</exception>
    public async Task WriteAsync(Rights rights, string read, string text, CancellationToken cancellation)
    {
        if (!rights.AdministersNode)
        {
            throw new ProblemException("You may not change the defaults. Ask an administrator of all guests to.");
        }

        BackupDefaults.Read(text, Path);
        await files.ChangeAsync(
            Path,
            now => now == read ? text : throw new ProblemException($"{Path} has been changed by somebody else since you opened it, and was left as it is. Read it again, then repeat your change."),
            cancellation);
        await audit.AddAsync(rights.Who, "defaults changed", Path, null, CancellationToken.None);
    }
}
