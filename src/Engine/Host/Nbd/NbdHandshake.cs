using System.Buffers.Binary;
using System.Text;
using static VzDump.Engine.Host.Nbd.NbdFormat;

namespace VzDump.Engine.Host.Nbd;

/// <summary>What was agreed at the beginning of a talk.</summary>
/// <param name="Size">Of the export, in bytes.</param>
/// <param name="LongestRequest">In bytes.</param>
/// <param name="CanSendWhole">Whether a read can be answered in one piece.</param>
/// <param name="AllocationContext">The number under which <c>base:allocation</c> is answered; null when the server has none.</param>
internal sealed record NbdTerms(long Size, int LongestRequest, bool CanSendWhole, uint? AllocationContext);

/// <summary>The first part of a talk with an NBD server: which export, and what both can do. It blocks; to end it, the stream is shut down.</summary>
internal sealed class NbdHandshake(Stream stream, string export)
{
    private const string Allocation = "base:allocation";
    private readonly byte[] _name = Encoding.UTF8.GetBytes(export);

    /// <exception cref="IOException">The server does not speak the protocol, or has no such export.</exception>
    public NbdTerms Run()
    {
        // "NBDMAGIC" "IHAVEOPT" and 16 flags
        var hello = Read(18);
        if (BinaryPrimitives.ReadUInt64BigEndian(hello) != ServerMagic || BinaryPrimitives.ReadUInt64BigEndian(hello.AsSpan(8)) != OptionMagic
            || (BinaryPrimitives.ReadUInt16BigEndian(hello.AsSpan(16)) & ServerFixedNewStyle) == 0)
        {
            throw new IOException("What answered is no NBD server.");
        }

        var agreed = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(agreed, ClientFixedNewStyle | ClientNoZeroes);
        stream.Write(agreed);

        Send(OptionStructuredReply, []);
        var structured = Reply().Type == ReplyAcknowledge;
        var context = structured ? AskContext() : null;
        var (size, longest, flags) = Go();
        return new NbdTerms(size, longest, structured && (flags & FlagSendWhole) != 0, context);
    }

    private uint? AskContext()
    {
        var query = Encoding.ASCII.GetBytes(Allocation);
        var data = new byte[4 + _name.Length + 4 + 4 + query.Length];
        BinaryPrimitives.WriteInt32BigEndian(data, _name.Length);
        _name.CopyTo(data, 4);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4 + _name.Length), 1);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(8 + _name.Length), query.Length);
        query.CopyTo(data, 12 + _name.Length);
        Send(OptionSetMetaContext, data);

        uint? context = null;
        while (true)
        {
            var (type, reply) = Reply();
            switch (type)
            {
                case ReplyMetaContext when reply.Length >= 4 && reply.AsSpan(4).SequenceEqual(query):
                    context = BinaryPrimitives.ReadUInt32BigEndian(reply);
                    break;
                case ReplyMetaContext:
                    break;
                // An export that is not there is told here first, and GO tells it in words.
                default:
                    return context;
            }
        }
    }

    private (long Size, int Longest, ushort Flags) Go()
    {
        var data = new byte[4 + _name.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(data, _name.Length);
        _name.CopyTo(data, 4);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(4 + _name.Length), 1);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(6 + _name.Length), InfoBlockSize);
        Send(OptionGo, data);

        var (size, longest, flags) = (-1L, UsualRequest, (ushort)0);
        while (true)
        {
            var (type, reply) = Reply();
            switch (type)
            {
                case ReplyAcknowledge when size >= 0:
                    return (size, longest, flags);
                case ReplyInfo when reply.Length >= 12 && BinaryPrimitives.ReadUInt16BigEndian(reply) == InfoExport:
                    (size, flags) = (BinaryPrimitives.ReadInt64BigEndian(reply.AsSpan(2)), BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(10)));
                    break;
                case ReplyInfo when reply.Length >= 14 && BinaryPrimitives.ReadUInt16BigEndian(reply) == InfoBlockSize:
                    longest = (int)Math.Clamp(BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(10)), 4096, UsualRequest);
                    break;
                case ReplyInfo:
                    break;
                default:
                    throw new IOException($"The NBD server refused the export '{export}': {(reply.Length > 0 ? Encoding.UTF8.GetString(reply) : $"answer {type:x}")}.");
            }
        }
    }

    private void Send(uint option, byte[] data)
    {
        var message = new byte[16 + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(message, OptionMagic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), option);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(12), data.Length);
        data.CopyTo(message, 16);
        stream.Write(message);
    }

    private (uint Type, byte[] Data) Reply()
    {
        var head = Read(20);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(16));
        return BinaryPrimitives.ReadUInt64BigEndian(head) == OptionReplyMagic && length <= LongestText
            ? (BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(12)), Read((int)length))
            : throw new IOException("The NBD server answered against the protocol.");
    }

    private byte[] Read(int length)
    {
        var data = new byte[length];
        stream.ReadExactly(data);
        return data;
    }
}
