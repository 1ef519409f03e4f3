using System.Security.Cryptography;
using VzDump.Engine.Host;

namespace VzDump.Engine.Archives;

/// <summary>Writes on to another stream and digests what passes, both at the same time.</summary>
internal sealed class DigestingStream(Stream destination) : WriteOnlyStream
{
    // Below this, handing the work to another thread costs more than it saves.
    private const int WorthAThread = 64 * 1024;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Of everything so far.</summary>
    public byte[] Digest() => _hash.GetCurrentHash();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length < WorthAThread)
        {
            _hash.AppendData(buffer.Span);
            await destination.WriteAsync(buffer, cancellationToken);
            return;
        }

        var hashing = Task.Run(() => _hash.AppendData(buffer.Span), CancellationToken.None);
        try
        {
            await destination.WriteAsync(buffer, cancellationToken);
        }
        finally
        {
            await hashing; // the buffer is the caller's again after this
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        _hash.AppendData(buffer, offset, count);
        destination.Write(buffer, offset, count);
    }

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
