using VzDump.Engine.Host;

namespace VzDump.Engine.Archives;

/// <summary>
/// The SHA-256 of an archive's file, in a file beside it that <c>sha256sum -c</c> reads. A machine's archive has no checksum over its data, so
/// without it nobody can tell whether a disk comes back as it was.
/// </summary>
public static class ArchiveDigest
{
    private const int HexLength = 64;
    private const int LongestFile = 4096;

    public static string PathOf(string archivePath) => archivePath + ".sha256";

    /// <summary>Writes it, whole or not at all.</summary>
    internal static Task WriteAsync(string archivePath, ReadOnlyMemory<byte> digest, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(PathOf(archivePath), $"{Convert.ToHexStringLower(digest.Span)}  {Path.GetFileName(archivePath)}\n", cancellation);

    /// <summary>In lower-case hexadecimal digits; null when there is none.</summary>
    /// <exception cref="ProblemException">It cannot be read or understood.</exception>
    public static async Task<string?> ReadAsync(string archivePath, CancellationToken cancellation)
    {
        var path = PathOf(archivePath);
        try
        {
            var buffer = new byte[LongestFile];
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var count = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);

            // e.g. 9f86…0a08  vzdump-qemu-100-2026_08_22-03_00_00.vma.zst     The name is that of the day it was written: the archive may have been renamed.
            var digits = System.Text.Encoding.Latin1.GetString(buffer, 0, count).Split(' ', '\t', '\r', '\n')[0];
            return digits.Length == HexLength && digits.All(char.IsAsciiHexDigit)
                ? digits.ToLowerInvariant()
                : throw new ProblemException($"The digest beside the archive ({path}) cannot be understood. Delete that file, and the archive is checked without it.");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The digest beside the archive ({path}) cannot be read: {error.Message}", error);
        }
    }
}
