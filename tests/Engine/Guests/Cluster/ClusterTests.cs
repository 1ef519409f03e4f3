using CsCheck;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;
using VzDump.Tests.Engine.Configuration;

namespace VzDump.Tests.Engine.Guests.Cluster;

public sealed class ClusterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-cluster-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pools_users_groups_roles_and_rules_are_read_and_strange_lines_are_told_and_hide_nothing()
    {
        var config = UserConfig.Parse(
            """
            user:root@pam:1:0::::::
            user:bob@pve:0:0:Bob::::
            token:root@pam!backup:0:1::

            group:admins:root@pam,bob@pve:Those who may:
            pool:web:Web%3A servers:102,101,0103:local,nas:
            pool:web/staging::7,200::
            role:Backup:VM.Backup,Datastore.AllocateSpace:
            acl:1:/pool/web:@admins,bob@pve:Backup:
            what is this
            """,
            "user.cfg");

        Assert.Equal(["101", "102", "103"], config.MembersOf("web").Select(id => id.ToString()));
        Assert.Equal("Web: servers", config.Pools["web"].Comment);
        Assert.Equal(["local", "nas"], config.Pools["web"].Storages);
        Assert.Equal(["200"], config.MembersOf("web/staging").Select(id => id.ToString()));
        Assert.Equal((true, false), (config.Users["root@pam"], config.Users["bob@pve"]));
        Assert.Equal(["root@pam", "bob@pve"], config.Groups["admins"]);
        Assert.Equal(["VM.Backup", "Datastore.AllocateSpace"], config.Roles["Backup"]);
        var rule = Assert.Single(config.Rules);
        Assert.Equal((true, "/pool/web"), (rule.Propagates, rule.Path));
        Assert.Equal(["@admins", "bob@pve", "Backup"], rule.Holders.Concat(rule.Roles));
        Assert.Equal(["user.cfg, line 7: strange VM ID '7' in the pool 'web/staging'; it is left out.", "user.cfg, line 10: 'what is this' is not understood; the line is left out."], config.Problems);
        Assert.Contains("it has web, web/staging", Assert.Throws<ProblemException>(() => config.MembersOf("mail")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_the_readers_throw_anything_but_a_sentence_with_its_line() => FileText.Any.Sample(
        text =>
        {
            _ = UserConfig.Parse(text, "x");
            try
            {
                _ = HaResources.Parse(text, "x");
            }
            catch (ProblemException problem)
            {
                Assert.StartsWith("x, line ", problem.Message, StringComparison.Ordinal);
            }
        },
        iter: 1000);

    [Fact]
    public void High_availability_keeps_a_guest_started_unless_its_state_says_otherwise()
    {
        var resources = HaResources.Parse("vm: 101\n\nct: 102\n\tstate stopped\n\nvm: 103\n\tgroup a\n\tstate enabled\n\nother: 104\n\tstate started\n", "resources.cfg");

        Assert.True(resources.KeepsStarted(GuestKind.Qemu, GuestId.Parse("101")));
        Assert.False(resources.KeepsStarted(GuestKind.Lxc, GuestId.Parse("101")));
        Assert.Equal("stopped", resources.StateOf(GuestKind.Lxc, GuestId.Parse("102")));
        Assert.True(resources.KeepsStarted(GuestKind.Qemu, GuestId.Parse("103")));
        Assert.Null(resources.StateOf(GuestKind.Qemu, GuestId.Parse("104")));
    }

    [Fact]
    public async Task Without_the_files_there_is_no_pool_and_no_high_availability_and_no_other_node()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Empty((await UserConfig.ReadAsync(Paths(), cancellation)).Pools);
        Assert.False((await HaResources.ReadAsync(Paths(), cancellation)).KeepsStarted(GuestKind.Qemu, GuestId.Parse("101")));
        Assert.Empty(new ClusterGuests(Paths()).OfOtherNodes());
    }

    [Fact]
    public void Guests_of_other_nodes_are_known_by_their_files()
    {
        foreach (var file in (string[])["pve2/qemu-server/205.conf", "pve2/lxc/101.conf", "pve2/lxc/notes.conf", "pve2/lxc/7.conf", $"{NodePaths.NodeName}/lxc/300.conf", "pve3/host.key", "pve2/lxc/102.conf.new"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, "nodes", file))!);
            File.WriteAllText(Path.Combine(_folder, "nodes", file), "");
        }

        Assert.Equal(["101 Lxc pve2", "205 Qemu pve2"], new ClusterGuests(Paths()).OfOtherNodes().Select(guest => $"{guest.Id} {guest.Kind} {guest.Node}"));
    }

    private NodePaths Paths() => new(Options.Create(new EngineOptions { DataFolder = _folder, ProxmoxFolder = Path.Combine(_folder, "none") }));
}
