using System.Buffers;
using System.IO.Compression;
using System.Threading.Channels;
using VzDump.Engine.Host;

namespace VzDump.Engine.Compression;

/// <summary>
/// gzip in independent members of about one mebibyte each, compressed side by side and written in order. Every gunzip reads a file of several
/// members as one. Where a member ends depends on the content, so that archives which differ little are alike for rsync.
/// </summary>
internal sealed class ParallelGzipStream : WriteOnlyStream
{
    private static readonly byte[] EmptyMember = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private readonly Channel<Task<MemoryStream>> _members;
    private readonly Task _writing;
    private readonly int _threads;
    private readonly ContentCut _cut = new();
    private byte[] _block = ArrayPool<byte>.Shared.Rent(ContentCut.Longest);
    private int _filled;
    private bool _any;

    public ParallelGzipStream(Stream destination, int threads)
    {
        _threads = threads;
        // The bound holds back the reader of the guest. One member more than it holds is in work: the one that is waited for.
        _members = Channel.CreateBounded<Task<MemoryStream>>(new BoundedChannelOptions(Math.Max(1, threads - 1)) { SingleReader = true, SingleWriter = true });
        _writing = WriteInOrderAsync(destination);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var isEnd = _cut.Ends(buffer.Span[..Math.Min(buffer.Length, ContentCut.Longest - _filled)], _filled, out var count);
            buffer[..count].CopyTo(_block.AsMemory(_filled));
            buffer = buffer[count..];
            _filled += count;
            if (isEnd)
            {
                await SendAsync(cancellationToken);
            }
        }
    }

    /// <summary>Writes the last member and waits for all of them. An empty input becomes one empty member.</summary>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        if (_filled > 0 || !_any)
        {
            await SendAsync(cancellation);
        }

        _members.Writer.TryComplete();
        await _writing.WaitAsync(cancellation);
    }

    private static MemoryStream Compress(byte[] block, int count)
    {
        try
        {
            var member = new MemoryStream(count / 2);
            using (var gzip = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true))
            {
                gzip.Write(block, 0, count);
            }

            if (count == 0)
            {
                // Of nothing, GZipStream makes nothing; gunzip wants a member.
                member.Write(EmptyMember);
            }

            return member;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        var (block, count) = (_block, _filled);
        (_block, _filled, _any) = (ArrayPool<byte>.Shared.Rent(ContentCut.Longest), 0, true);
        try
        {
            // Room first: only then may another member be compressed.
            await _members.Writer.WaitToWriteAsync(cancellation);
            var member = _threads > 1 ? Task.Run(() => Compress(block, count), CancellationToken.None) : Task.FromResult(Compress(block, count));
            await _members.Writer.WriteAsync(member, cancellation);
        }
        catch (ChannelClosedException)
        {
            await _writing; // the destination failed: this says how
            throw;
        }
    }

    private async Task WriteInOrderAsync(Stream destination)
    {
        try
        {
            await foreach (var member in _members.Reader.ReadAllAsync(CancellationToken.None))
            {
                var bytes = await member;
                await destination.WriteAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), CancellationToken.None);
            }
        }
        finally
        {
            _members.Writer.TryComplete();
        }
    }
}
