using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Cluster;

/// <summary>A named group of guests and storages.</summary>
/// <param name="Name">With <c>/</c> before each level below the first.</param>
public sealed record Pool(string Name, string Comment, IReadOnlyList<GuestId> Guests, IReadOnlyList<string> Storages);

/// <summary>What somebody may do below a path.</summary>
/// <param name="Propagates">Whether it holds for everything below the path too.</param>
/// <param name="Holders">Users, <c>@groups</c> and tokens.</param>
public sealed record AccessRule(bool Propagates, string Path, IReadOnlyList<string> Holders, IReadOnlyList<string> Roles);

/// <summary>Proxmox VE's user.cfg: pools, and who may do what. Lines that are not understood are told and do not hide the others.</summary>
public sealed class UserConfig
{
    private static readonly char[] Separators = [',', ';', ' ', '\t'];
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _users = new(StringComparer.Ordinal);
    private readonly List<AccessRule> _rules = [];
    private readonly List<string> _problems = [];

    private UserConfig()
    {
    }

    public IReadOnlyDictionary<string, Pool> Pools => _pools;

    /// <summary>Members of each group.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups => _groups;

    /// <summary>Privileges of each role that is defined here; Proxmox VE has more of its own.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Roles => _roles;

    /// <summary>Users, and whether each may sign in.</summary>
    public IReadOnlyDictionary<string, bool> Users => _users;

    public IReadOnlyList<AccessRule> Rules => _rules;

    /// <summary>Sentences, each with file and line.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Without the file there is nobody and no pool.</summary>
    /// <exception cref="ProblemException">The file cannot be read or is no text.</exception>
    public static async Task<UserConfig> ReadAsync(NodePaths paths, CancellationToken cancellation) =>
        Parse((await ConfigFile.ReadAsync(paths.UserConfig, cancellation)).Text, paths.UserConfig);

    public static UserConfig Parse(string text, string file)
    {
        var config = new UserConfig();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.Trim() is { Length: > 0 } content && !content.StartsWith('#') && config.Take(content.Split(':', StringSplitOptions.TrimEntries)) is { } problem)
            {
                config._problems.Add($"{file}, line {number}: {problem}");
            }
        }

        return config;
    }

    /// <summary>The guests of a pool, by VMID; those of pools below it do not belong to it.</summary>
    /// <exception cref="ProblemException">There is no such pool.</exception>
    public IReadOnlyList<GuestId> MembersOf(string pool) => _pools.TryGetValue(pool, out var found)
        ? found.Guests
        : throw new ProblemException($"There is no pool '{pool}' in user.cfg; it has {(_pools.Count == 0 ? "none" : string.Join(", ", _pools.Keys.Order(StringComparer.Ordinal)))}.");

    // Null when the line was understood, or is of a kind that is for others.
    private string? Take(string[] fields)
    {
        switch (fields)
        {
            // e.g. pool:web:Web servers:100,101:local,nas:
            case ["pool", { Length: > 0 } name, ..]:
                var words = Words(fields, 3);
                _pools[name] = new Pool(name, EscapedText.Unescape(fields.ElementAtOrDefault(2) ?? ""), [.. words.Where(IsGuest).Select(word => GuestId.Parse(word)).Distinct().Order()], Words(fields, 4));
                return words.FirstOrDefault(word => !IsGuest(word)) is { } strange ? $"strange VM ID '{strange}' in the pool '{name}'; it is left out." : null;
            // e.g. user:alice@pve:1:0:Alice:Doe:alice@a.example:::
            case ["user", { Length: > 0 } name, ..]:
                _users[name] = fields.ElementAtOrDefault(2) is "1";
                return null;
            // e.g. group:admins:alice@pve,root@pam:Comment:
            case ["group", { Length: > 0 } name, ..]:
                _groups[name] = Words(fields, 2);
                return null;
            // e.g. role:Backup:VM.Backup,Datastore.AllocateSpace:
            case ["role", { Length: > 0 } name, ..]:
                _roles[name] = Words(fields, 2);
                return null;
            // e.g. acl:1:/vms/100:alice@pve,@admins:PVEVMAdmin:
            case ["acl", var propagates, { Length: > 0 } path, ..]:
                _rules.Add(new AccessRule(propagates is "1", path, Words(fields, 3), Words(fields, 4)));
                return null;
            case ["token", { Length: > 0 }, ..] or ["domain", ..]:
                return null;
            default:
                return $"'{fields[0]}' is not understood; the line is left out.";
        }
    }

    private static bool IsGuest(string word) => GuestId.TryParse(word, out _);

    private static string[] Words(string[] fields, int index) => index < fields.Length ? fields[index].Split(Separators, StringSplitOptions.RemoveEmptyEntries) : [];
}
