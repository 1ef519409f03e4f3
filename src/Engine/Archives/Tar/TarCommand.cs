using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Archives.Tar;

/// <summary>What a container's archive leaves out, and how gently it is read.</summary>
/// <param name="Excludes">Globs; one that begins with a slash is anchored at the container's root.</param>
public sealed record TarOptions(IReadOnlyList<string> Excludes, int? IoNice);

/// <summary>GNU tar's argument list for a container.</summary>
internal static class TarCommand
{
    public static HostCommand For(GuestContent.Tree tree, TarOptions options, string configFolder, IReadOnlyList<string> configFiles) => new("tar",
    [
        "cpf", "-", "--totals", "--one-file-system", "-p", "--sparse", "--numeric-owner", "--acls",
        "--xattrs", "--xattrs-include=user.*", "--xattrs-include=security.capability",
        "--warning=no-file-ignored", "--warning=no-xattr-write",
        $"--directory={configFolder}", .. configFiles,
        $"--directory={tree.Root}",
        "--no-anchored", "--exclude=lost+found",
        .. options.Excludes.Where(glob => !glob.StartsWith('/')).Select(glob => $"--exclude={glob}"),
        "--anchored",
        .. options.Excludes.Where(glob => glob.StartsWith('/')).Select(glob => $"--exclude=.{glob}"),
        ".", .. tree.OtherFileSystems,
    ]);
}
