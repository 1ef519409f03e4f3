using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>
/// The VMIDs of the host's own LXC containers. LXC knows them by name only; archives need a number, and the same one for ever. Kept as a
/// section file, e.g. <c>lxc: 102</c> with the properties <c>folder</c>, <c>name</c> and, during a backup, <c>lock</c>.
/// </summary>
internal sealed class NativeContainers(NodePaths paths) : IDisposable
{
    private const string Escaped = "-escaped";
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>The number of each container; new ones get the number that is their name, else the lowest free one.</summary>
    public async Task<IReadOnlyDictionary<LxcName, ConfigSection>> NumberAsync(IReadOnlyCollection<LxcName> containers, IReadOnlySet<GuestId> taken, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var sections = (await ReadAsync(cancellation)).ToList();
            // A name that a hand wrote twice: the first number is the one that counted before.
            var known = sections.DistinctBy(Name).ToDictionary(Name);
            var used = sections.Select(section => GuestId.Parse(section.Id).Value).Concat(taken.Select(id => id.Value)).ToHashSet();
            var news = containers.Where(container => !known.ContainsKey(container)).OrderBy(container => container.Name, StringComparer.Ordinal).ToList();
            foreach (var container in news)
            {
                var number = GuestId.TryParse(container.Name, out var named) && !used.Contains(named.Value)
                    ? named.Value
                    : Enumerable.Range(GuestId.Lowest, int.MaxValue - GuestId.Lowest).First(candidate => !used.Contains(candidate));
                used.Add(number);
                var section = Section(container, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
                sections.Add(section);
                known[container] = section;
            }

            if (news.Count > 0)
            {
                await WriteAsync(sections, cancellation);
            }

            return known;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Whether a container has this number, though it may not be there any more.</summary>
    public async Task<bool> HasAsync(LxcName container, GuestId id, CancellationToken cancellation) => (await ReadAsync(cancellation)).Any(section => IsOf(section, container, id));

    /// <summary>Gives a container that is about to be made the number that was chosen for it. Those that are not there any more do not stand in its way.</summary>
    /// <exception cref="ProblemException">The number belongs to another container, or the container has another number.</exception>
    public async Task ReserveAsync(LxcName container, GuestId id, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var sections = (await ReadAsync(cancellation)).ToList();
            if (sections.Find(section => IsInTheWay(section) && !IsOf(section, container, id) && IsThere(Name(section))) is { } taken)
            {
                throw new ProblemException($"The VMID {taken.Id} belongs to the container {Name(taken).Name} in {Name(taken).Folder} already.");
            }

            await WriteAsync(sections.Where(section => !IsInTheWay(section)).Append(Section(container, id.ToString())), cancellation);
        }
        finally
        {
            _one.Release();
        }

        bool IsInTheWay(ConfigSection section) => section.Id == id.ToString() || Name(section) == container;
    }

    /// <summary>Takes a number back that was reserved for a container which was not made after all. Fine when it has another one.</summary>
    public async Task ReleaseAsync(LxcName container, GuestId id, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var sections = await ReadAsync(cancellation);
            await WriteAsync(sections.Where(section => !IsOf(section, container, id)), cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation) =>
        (await ReadAsync(cancellation)).FirstOrDefault(section => section.Id == guest.Id.ToString())?["lock"];

    public async Task LockAsync(Guest guest, CancellationToken cancellation)
    {
        await ChangeAsync(guest, properties =>
        {
            GuestFiles.RefuseLocked(guest with { ConfigPath = paths.NativeContainers }, properties.GetValueOrDefault("lock"));
            properties["lock"] = "backup";
        }, cancellation);
    }

    public Task UnlockAsync(Guest guest, CancellationToken cancellation) => ChangeAsync(guest, properties => properties.Remove("lock"), cancellation);

    public void Dispose() => _one.Dispose();

    private static bool IsOf(ConfigSection section, LxcName container, GuestId id) => section.Id == id.ToString() && Name(section) == container;

    private static bool IsThere(LxcName container) => Directory.Exists(Path.Combine(container.Folder, container.Name));

    private static LxcName Name(ConfigSection section) => new(Text(section, "folder") ?? "", Text(section, "name") ?? section.Id);

    private static ConfigSection Section(LxcName container, string id) =>
        new("lxc", id, new Dictionary<string, string>([Property("folder", container.Folder), Property("name", container.Name)]));

    // e.g. "name web", or "name-escaped web%20" where the file would lose a blank at an end or a line end
    private static KeyValuePair<string, string> Property(string key, string text) =>
        text.Length > 0 && ConfigEntry.IsWritable(text) ? new(key, text) : new(key + Escaped, EscapedText.Escape(text));

    private static string? Text(ConfigSection section, string key) => section[key + Escaped] is { } escaped ? EscapedText.Unescape(escaped) : section[key];

    private async Task ChangeAsync(Guest guest, Action<Dictionary<string, string>> change, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var sections = (await ReadAsync(cancellation)).ToList();
            var index = sections.FindIndex(section => section.Id == guest.Id.ToString());
            if (index >= 0)
            {
                var properties = sections[index].Properties.ToDictionary(StringComparer.Ordinal);
                change(properties);
                sections[index] = sections[index] with { Properties = properties };
                await WriteAsync(sections, cancellation);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<IReadOnlyList<ConfigSection>> ReadAsync(CancellationToken cancellation)
    {
        var file = await ConfigFile.ReadAsync(paths.NativeContainers, cancellation);
        var lines = SectionLines.Parse(file.Text, file.Path);
        return lines.Sections.FirstOrDefault(section => !GuestId.TryParse(section.Id, out var id) || id.ToString() != section.Id) is { } strange
            ? throw new ProblemException($"{file.Path}, line {strange.Line}: '{strange.Id}' is no VMID. Write a number from {GuestId.Lowest} to {GuestId.Highest} there, or remove the section; its container then gets a new number.")
            : SectionConfig.Parse(file.Text, file.Path);
    }

    private Task WriteAsync(IEnumerable<ConfigSection> sections, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(paths.NativeContainers, SectionConfig.Write(sections), cancellation);
}
