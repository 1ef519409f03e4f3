using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Web.Backups;

/// <summary>What the choices of a backup mean, for who chooses.</summary>
public static class BackupWords
{
    extension(BackupMode mode)
    {
        public string Title => mode switch { BackupMode.Snapshot => "Snapshot", BackupMode.Suspend => "Suspend", _ => "Stop" };

        public string Meaning => mode switch
        {
            BackupMode.Snapshot => "The guest runs on while its data of one moment is archived. Where its storage has no snapshots, it is suspended for a moment instead.",
            BackupMode.Suspend => "A running guest is held still for a moment while its last changes are copied, and goes on while it is archived.",
            _ => "A running guest is shut down, archived, and started again. A stopped one stays stopped.",
        };
    }

    extension(CompressionKind kind)
    {
        public string Title => kind switch
        {
            CompressionKind.Zstd => "zstd – fast and small",
            CompressionKind.Gzip => "gzip – read by everything",
            CompressionKind.Lzo => "lzo – fastest, larger",
            _ => "none",
        };
    }
}
