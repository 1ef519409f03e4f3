using System.Text;

namespace VzDump.Engine.Configuration;

/// <summary>Configuration files as text: UTF-8, at most 4 MiB, or a sentence that says why not.</summary>
internal static class ConfigText
{
    private const int LargestFile = 4 * 1024 * 1024;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ProblemException">The file cannot be read or is no text.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
            {
                throw new ProblemException($"The configuration '{path}' is larger than 4 MiB; that is no configuration.");
            }

            return Strict.GetString(await File.ReadAllBytesAsync(path, cancellation));
        }
        catch (DecoderFallbackException error)
        {
            throw new ProblemException($"The configuration '{path}' is not UTF-8 text.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The configuration '{path}' cannot be read: {error.Message}", error);
        }
    }
}
