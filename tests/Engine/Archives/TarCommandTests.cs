using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Engine.Archives;

public sealed class TarCommandTests
{
    [Fact]
    public void The_configuration_comes_first_and_only_globs_with_a_slash_are_anchored()
    {
        var tree = new GuestContent.Tree { Config = "", Root = "/srv/root" };

        var command = TarCommand.For(tree, new TarOptions(["*.iso", "/tmp/?*"], null), "/work.tmp", ["./etc/vzdump/pct.conf"]);

        Assert.Equal("tar", command.Program);
        Assert.Equal(
            ["--directory=/work.tmp", "./etc/vzdump/pct.conf", "--directory=/srv/root", "--no-anchored", "--exclude=lost+found", "--exclude=*.iso", "--anchored", "--exclude=./tmp/?*", "."],
            command.Arguments.SkipWhile(argument => !argument.StartsWith("--directory", StringComparison.Ordinal)));
        Assert.Subset(command.Arguments.ToHashSet(), new HashSet<string> { "--sparse", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=user.*", "--xattrs-include=security.capability", "--one-file-system" });
    }
}
