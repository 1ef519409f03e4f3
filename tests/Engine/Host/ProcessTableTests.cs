using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

public sealed class ProcessTableTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_ended_and_has_just_forked_is_ended_with_its_child()
    {
        var mark = $"mark-{Guid.NewGuid()}";
        await using var program = new HostPrograms().Start(
            // Told to end it leaves a second one, as a program does that is about to become a daemon.
            new HostCommand("bash", "-c", "trap 'bash -c \"sleep 60; :\" _ \"$1\" & exit 0' TERM; echo up; while :; do sleep 0.05; done", "_", mark), _ => { });
        Assert.Equal("up", await new StreamReader(program.Output).ReadLineAsync(Cancellation));

        await ProcessTable.EndAsync("bash", argument => argument == mark, TimeProvider.System, Cancellation);

        Assert.Empty(ProcessTable.WithArgument("bash", argument => argument == mark));
    }

    [Fact]
    public async Task What_comes_again_whenever_it_is_ended_is_told()
    {
        var mark = $"mark-{Guid.NewGuid()}";
        var script = Path.Combine(Directory.CreateTempSubdirectory("vzdump-test-").FullName, "again");
        await File.WriteAllTextAsync(script, "trap 'rm $0.up; bash $0 $1 & while [ ! -e $0.up ]; do sleep 0.01; done; exit 0' TERM\n: > $0.up\necho up\nwhile [ -e $0 ]; do sleep 0.02; done\n", Cancellation);
        try
        {
            await using var program = new HostPrograms().Start(new HostCommand("bash", script, mark), _ => { });
            Assert.Equal("up", await new StreamReader(program.Output).ReadLineAsync(Cancellation));

            var problem = await Assert.ThrowsAsync<VzDump.Engine.ProblemException>(() => ProcessTable.EndAsync("bash", argument => argument == mark, TimeProvider.System, Cancellation));

            Assert.Contains("begins anew", problem.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(script)!, recursive: true);
        }
    }
}
