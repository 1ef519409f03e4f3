using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Archives.Tar;

/// <summary>Writes a container's files as a tar archive, by GNU tar.</summary>
public sealed class TarArchiver(HostPrograms programs)
{
    private const int SomethingChanged = 1;
    private const int MostComplaints = 200;

    /// <summary>Writes configuration, then files, to the destination.</summary>
    /// <param name="temporaryFolder">An existing folder for the configuration's files.</param>
    /// <param name="passage">Sees the archive go by.</param>
    /// <exception cref="ProblemException">Something could not be read; the message names the first of it.</exception>
    public async Task WriteAsync(GuestContent.Tree tree, TarOptions options, string temporaryFolder, Stream destination, TarPassage passage, ITaskLog log, CancellationToken cancellation)
    {
        programs.Require("tar");
        var configuration = await WriteConfigurationAsync(tree, temporaryFolder, cancellation);
        var complaints = new TarComplaints(log);
        var command = TarCommand.For(tree, options, temporaryFolder, configuration).SeeingIds(tree.IdMap, programs);
        command = tree.Mounts?.Enter(command) ?? command;
        await using var tar = programs.Start(options.IoNice is { } priority ? IoPriority.Apply(command, priority) : command, complaints.Add);
        tar.Input.Close();
        await using var ending = cancellation.UnsafeRegister(static state => _ = ((RunningProgram)state!).StopAsync(), tar);
        await PipeReading.CopyAsync(tar.Output, PassOn, cancellation);

        var exit = await tar.Exit;
        await tar.ErrorLinesRead;
        cancellation.ThrowIfCancellationRequested();
        if (exit.Code == SomethingChanged && tree.IsLive)
        {
            log.Warn("some files changed while they were read");
        }
        else if (!exit.Succeeded)
        {
            throw new ProblemException($"The container's files could not all be read (tar: {exit}){complaints.First}.");
        }

        ValueTask PassOn(ReadOnlyMemory<byte> data)
        {
            passage.See(data.Span);
            return destination.WriteAsync(data, cancellation);
        }
    }

    private static async Task<IReadOnlyList<string>> WriteConfigurationAsync(GuestContent.Tree tree, string folder, CancellationToken cancellation)
    {
        var files = new List<string>();
        var configuration = Path.Combine(folder, "etc", "vzdump");
        Directory.CreateDirectory(configuration);
        foreach (var (name, text) in new[] { ("pct.conf", tree.Config), ("pct.fw", tree.Firewall), ("lxc.conf", tree.NativeConfig) })
        {
            if (text is not null)
            {
                await File.WriteAllTextAsync(Path.Combine(configuration, name), text, cancellation);
                files.Add($"./etc/vzdump/{name}");
            }
        }

        // tar runs as the container's root then: it must be able to read these, and they must be root's in the archive.
        if (IdMapping.RootOf(tree.IdMap) is { } root)
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Prepend(folder))
            {
                HostUser.GiveTo(path, root.User, root.Group);
            }
        }

        return files;
    }

    private sealed class TarComplaints(ITaskLog log)
    {
        private int _count;
        private string? _first;

        public string First => _first is null ? "" : $": {_first}";

        public void Add(string line)
        {
            // e.g. Total bytes written: 10240 (10KiB, 1.5MiB/s)
            if (line.StartsWith("Total bytes written:", StringComparison.Ordinal))
            {
                log.Info(line);
                return;
            }

            if (!line.Contains("Exiting with failure status", StringComparison.Ordinal))
            {
                _first ??= line.StartsWith("tar: ", StringComparison.Ordinal) ? line["tar: ".Length..] : line;
            }

            if (++_count <= MostComplaints)
            {
                log.Warn(line);
            }
            else if (_count == MostComplaints + 1)
            {
                log.Warn("further messages of tar are left out");
            }
        }
    }
}
