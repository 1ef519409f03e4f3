using System.Globalization;
using VzDump.Engine.Host;
using ZstdSharp;

namespace VzDump.Engine.Compression;

/// <summary>Makes the compressing end of an archive's pipe.</summary>
public sealed class Compressor(HostPrograms programs)
{
    private const int ZstdLevel = 3; // the program's own default, which vzdump uses

    /// <summary>Finds out before a guest is touched whether this compression can be had.</summary>
    /// <exception cref="ProblemException">A program is missing; the message names its package.</exception>
    public void Check(CompressionSettings settings)
    {
        if (settings.Kind is CompressionKind.Lzo)
        {
            programs.Require("lzop");
        }
    }

    /// <summary>What is written to the result's input arrives compressed at the destination, which stays open.</summary>
    public CompressedOutput Open(CompressionSettings settings, Stream destination, int? ioNice)
    {
        switch (settings.Kind)
        {
            case CompressionKind.Gzip:
                var gzip = new ParallelGzipStream(destination, settings.Threads);
                return new CompressedOutput.InProcess(gzip, gzip.FinishAsync);
            case CompressionKind.Zstd when programs.Find("zstd") is not null:
                return Program(new HostCommand("zstd", "-q", "-c", $"-{ZstdLevel}", string.Create(CultureInfo.InvariantCulture, $"--threads={settings.Threads}")));
            case CompressionKind.Zstd:
                var zstd = new CompressionStream(destination, ZstdLevel, leaveOpen: true);
                return new CompressedOutput.InProcess(zstd, async cancellation => await zstd.DisposeAsync().AsTask().WaitAsync(cancellation));
            case CompressionKind.Lzo:
                return Program(new HostCommand("lzop", "-q", "-c"));
            default:
                return new CompressedOutput.InProcess(destination, _ => Task.CompletedTask);
        }

        CompressedOutput Program(HostCommand command)
        {
            var complaints = new List<string>();
            var niced = ioNice is { } priority ? IoPriority.Apply(command, priority) : command;
            var program = programs.Start(niced, line =>
            {
                if (complaints.Count < 20)
                {
                    complaints.Add(line);
                }
            });
            return new CompressedOutput.ByProgram(program, command.Program, destination, complaints);
        }
    }
}
