using System.Text;

namespace VzDump.Engine.Configuration;

/// <summary>Configuration files as text: UTF-8, at most 4 MiB, or a sentence that says why not.</summary>
internal static class ConfigText
{
    private const int LargestFile = 4 * 1024 * 1024;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ProblemException">The file is not there, cannot be read or is no text.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellation) =>
        Decode(await ReadBytesAsync(path, cancellation) ?? throw new ProblemException($"The configuration '{path}' does not exist."), path);

    /// <summary>Null when there is no file.</summary>
    /// <exception cref="ProblemException">It cannot be read or is too large.</exception>
    public static async Task<byte[]?> ReadBytesAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var bytes = await File.ReadAllBytesAsync(Small(path), cancellation);
            return bytes.Length <= LargestFile ? bytes : throw TooLarge(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The configuration '{path}' cannot be read: {error.Message}", error);
        }
    }

    /// <exception cref="ProblemException">It is no text; the message names file and line.</exception>
    public static string Decode(byte[] bytes, string path)
    {
        // A power cut may leave a file of the right length with nothing but zeros in it, which must not be taken for an empty one.
        for (var at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] == 0 && (at == 0 || bytes[at - 1] == '\n'))
            {
                throw new ProblemException($"{path}, line {LineOf(bytes, at)}: there are zeros where text should be; the file is damaged.");
            }
        }

        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new ProblemException($"{path}, line {LineOf(bytes, Math.Max(error.Index, 0))}: the configuration is not UTF-8 text.", error);
        }
    }

    public static byte[] Encode(string text) => Strict.GetBytes(text);

    /// <exception cref="ProblemException">The file system refuses.</exception>
    public static T Try<T>(string path, Func<T> look)
    {
        try
        {
            return look();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The configuration '{path}' cannot be read: {error.Message}", error);
        }
    }

    private static string Small(string path) => new FileInfo(path) is { Exists: true, Length: > LargestFile } ? throw TooLarge(path) : path;

    private static ProblemException TooLarge(string path) => new($"The configuration '{path}' is larger than 4 MiB; that is no configuration.");

    private static int LineOf(byte[] bytes, int at) => 1 + bytes.AsSpan(0, Math.Min(at, bytes.Length)).Count((byte)'\n');
}
