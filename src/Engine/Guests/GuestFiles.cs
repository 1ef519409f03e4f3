using VzDump.Engine.Configuration;
using VzDump.Engine.Guests.Trials;

namespace VzDump.Engine.Guests;

/// <summary>Guest configurations in Proxmox VE's format: <c>VMID.conf</c> in a folder.</summary>
internal static class GuestFiles
{
    /// <summary>The description line that marks a guest made for trying out.</summary>
    public const string SampleMark = "#vzdump-web sample guest";

    /// <summary>Each configuration in the folder, or a sentence why it cannot be read.</summary>
    public static async Task<(IReadOnlyList<(GuestId Id, string Path, GuestConfig Config, bool IsSample, bool IsTrial)> Found, IReadOnlyList<string> Problems)> ReadAllAsync(string folder, CancellationToken cancellation)
    {
        var found = new List<(GuestId, string, GuestConfig, bool, bool)>();
        var problems = new List<string>();
        if (Directory.Exists(folder))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*.conf").Order(StringComparer.Ordinal))
            {
                // e.g. 101.conf; anything else in the folder is not ours
                if (!GuestId.TryParse(Path.GetFileNameWithoutExtension(path), out var id))
                {
                    continue;
                }

                try
                {
                    var text = await ConfigText.ReadAsync(path, cancellation);
                    found.Add((id, path, GuestConfig.Parse(text), text.StartsWith(SampleMark, StringComparison.Ordinal), text.StartsWith(TrialMark.Beginning, StringComparison.Ordinal)));
                }
                catch (ProblemException problem)
                {
                    problems.Add(problem.Message);
                }
            }
        }

        return (found, problems);
    }

    public static async Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation) =>
        GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation)).Value("lock");

    /// <exception cref="ProblemException">It is locked already.</exception>
    public static async Task LockAsync(Guest guest, CancellationToken cancellation)
    {
        var file = await ReadAsync(guest.ConfigPath, cancellation);
        var config = GuestConfig.Parse(file.Text);
        RefuseLocked(guest, config.Value("lock"));
        await file.WriteAsync(config.WithLock("backup"), cancellation);
    }

    /// <summary>Takes our own lock away. Who else changes the file meanwhile must not make it stay: then it is read again.</summary>
    public static Task UnlockAsync(Guest guest, CancellationToken cancellation) => RemoveAsync(guest.ConfigPath, "lock", "backup", cancellation);

    /// <summary>Sets one line.</summary>
    /// <exception cref="ProblemException">Somebody else changes the file just now.</exception>
    public static async Task SetAsync(string path, string key, string value, CancellationToken cancellation)
    {
        var file = await ReadAsync(path, cancellation);
        await file.WriteAsync(GuestConfig.Parse(file.Text).With(key, value).ToString(), cancellation);
    }

    /// <summary>Takes a line of ours away, if it still has the value that we gave it.</summary>
    public static async Task RemoveAsync(string path, string key, string value, CancellationToken cancellation)
    {
        while (true)
        {
            var file = await ReadAsync(path, cancellation);
            var config = GuestConfig.Parse(file.Text);
            if (config.Value(key) != value || await file.TryWriteAsync(config.With(key, null).ToString(), cancellation) is not null)
            {
                return;
            }
        }
    }

    private static async Task<ConfigFile> ReadAsync(string path, CancellationToken cancellation) => await ConfigFile.ReadAsync(path, cancellation) is { Exists: true } file
        ? file
        : throw new ProblemException($"The configuration '{path}' does not exist any more.");

    /// <exception cref="ProblemException">There is a reason.</exception>
    public static void RefuseLocked(Guest guest, string? reason)
    {
        if (reason is not null)
        {
            throw new ProblemException(
                $"{guest.Name} ({guest.Id}) is locked ({reason}). Wait until that is over; if nothing works on it any more, remove the lock ({(guest.Kind is GuestKind.Qemu ? "qm" : "pct")} unlock {guest.Id}, or the line 'lock' in {guest.ConfigPath}).");
        }
    }
}
