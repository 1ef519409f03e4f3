using VzDump.Engine.Archives;

namespace VzDump.Engine.Storages;

/// <summary>How many protected archives a guest may have on a storage: Proxmox VE's <c>max-protected-backups</c>.</summary>
/// <param name="Most">Null for any number.</param>
public sealed record ProtectionLimit(BackupStorage Storage, int? Most)
{
    private const int OrdinaryPersons = 5;

    /// <summary>storage.cfg's word, -1 for any number; where it is silent, any number for those who administer the storage, and 5 for others.</summary>
    public static ProtectionLimit Of(BackupStorage storage, bool isPrivileged) => new(storage, storage.MaxProtectedBackups switch
    {
        null => isPrivileged ? null : OrdinaryPersons,
        < 0 => null,
        var most => most,
    });

    /// <summary>Makes sure that one more may be protected.</summary>
    /// <param name="archives">The guest's, on this storage.</param>
    /// <exception cref="ProblemException">It may not.</exception>
    public void Refuse(IEnumerable<Archive> archives)
    {
        var count = archives.Count(archive => archive.IsProtected);
        if (count >= Most)
        {
            throw new ProblemException($"The {Storage.DisplayName} holds {count} protected backups of this guest, and allows {Most} (max-protected-backups). Take the protection off one that you do not need, or raise the limit.");
        }
    }
}
