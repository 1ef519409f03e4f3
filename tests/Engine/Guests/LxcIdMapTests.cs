using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;

namespace VzDump.Tests.Engine.Guests;

public sealed class LxcIdMapTests
{
    [Fact]
    public void Maps_are_read_in_LXCs_old_and_new_words_with_any_white_space() => Assert.Equal(
        [new IdMapping('u', 0, 100000, 65536), new IdMapping('g', 0, 100000, 65536), new IdMapping('b', 65536, 1000, 1)],
        Of("lxc.idmap = u 0 100000 65536\nlxc.id_map=g\t0\t100000\t65536\nlxc.idmap: b  65536 1000 1\n"));

    [Fact]
    public void A_privileged_container_has_none_and_an_unprivileged_one_Proxmox_VEs_usual_range()
    {
        Assert.Empty(Of("hostname: web\nunprivileged: 0\n"));
        Assert.Equal([new IdMapping('b', 0, 100000, 65536)], Of("unprivileged: 1\n"));
        Assert.Equal([new IdMapping('u', 0, 5000, 10)], Of("unprivileged: 1\nlxc.idmap: u 0 5000 10\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("u 0 100000")]
    [InlineData("u 0 100000 65536 7")]
    [InlineData("x 0 100000 65536")]
    [InlineData("ug 0 100000 65536")]
    [InlineData("u -1 100000 65536")]
    [InlineData("u 0 +5 65536")]
    [InlineData("u 0 0x10 65536")]
    [InlineData("u 0 100000 0")]
    [InlineData("u 0 4294967295 1")]
    [InlineData("u 4294967295 0 1")]
    [InlineData("u 0 4294967000 65536")]
    [InlineData("u 0 99999999999999999999 1")]
    [InlineData("u 0 9223372036854775807 9223372036854775807")]
    [InlineData("u 0 100000 65536;reboot")]
    [InlineData("u 0 100000 65536 -- /bin/sh")]
    public void A_line_that_is_no_map_is_refused_and_shown(string value) =>
        Assert.Contains($"'{value}' is no id mapping", Assert.Throws<ProblemException>(() => Of($"lxc.idmap = {value}\n")).Message, StringComparison.Ordinal);

    private static IReadOnlyList<IdMapping> Of(string config) => LxcIdMap.Of(GuestConfig.Parse(config));
}
