using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Bench;

/// <summary>The same work by the host's programs in a shell, each file made durable as the engine does.</summary>
internal sealed class Rivals(BenchFolder folder)
{
    private string Output => Path.Combine(folder.Archives, "rival");

    /// <summary>Archives the container with the engine's own tar options; answers the size of the archive.</summary>
    /// <param name="compressor">None when empty.</param>
    public async Task<long> TarAsync(IEnumerable<string> compressor, CancellationToken cancellation)
    {
        var tree = new GuestContent.Tree { Config = "", Root = folder.Tree };
        var tar = TarCommand.For(tree, new TarOptions(new BackupOptions().Excludes, IoNice: null), folder.Empty, []);
        return await WriteAsync([tar.Program, .. tar.Arguments], compressor, cancellation);
    }

    /// <summary>Copies the machine's image; answers the size of the copy.</summary>
    /// <param name="compressor">None when empty.</param>
    public Task<long> CopyImageAsync(IEnumerable<string> compressor, CancellationToken cancellation) => WriteAsync(["cat", folder.Image], compressor, cancellation);

    /// <summary>Sends the image through a pipe to nowhere.</summary>
    public async Task<long> PipeImageAsync(CancellationToken cancellation)
    {
        await Shell.RunAsync("""cat "$1" | cat > /dev/null""", cancellation, folder.Image);
        return new FileInfo(folder.Image).Length;
    }

    /// <summary>Only reads the image.</summary>
    public Task<long> ReadImageAsync(CancellationToken cancellation) => ReadAsync(folder.Image, cancellation);

    /// <summary>Only reads a file.</summary>
    public Task<long> ReadAsync(string path, CancellationToken cancellation) => ReadAsync("""cat "$1" > /dev/null""", path, cancellation);

    public Task<long> DecompressAsync(string archive, CancellationToken cancellation) => ReadAsync("""zstd -dc "$1" | cat > /dev/null""", archive, cancellation);

    public Task<long> ListAsync(string archive, CancellationToken cancellation) => ReadAsync("""zstd -dc "$1" | tar t > /dev/null""", archive, cancellation);

    public Task<long> DecompressToFileAsync(string archive, CancellationToken cancellation) => ReadAsync("""zstd -dc "$1" | cat > "$2"; sync "$2" """, archive, cancellation);

    private async Task<long> ReadAsync(string script, string archive, CancellationToken cancellation)
    {
        await Shell.RunAsync(script, cancellation, archive, Output);
        return new FileInfo(archive).Length;
    }

    // A compressor is a few words without spaces; the source's arguments may hold anything.
    private async Task<long> WriteAsync(IEnumerable<string> source, IEnumerable<string> compressor, CancellationToken cancellation)
    {
        var pipe = string.Concat(compressor.Take(1).Select(_ => " | " + string.Join(' ', compressor)));
        await Shell.RunAsync($"""out=$1; shift; "$@"{pipe} > "$out"; sync "$out" """, cancellation, [Output, .. source]);
        return new FileInfo(Output).Length;
    }
}
