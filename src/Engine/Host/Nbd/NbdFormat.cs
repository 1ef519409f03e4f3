namespace VzDump.Engine.Host.Nbd;

/// <summary>The numbers of the NBD protocol, as the servers of QEMU speak it.</summary>
internal static class NbdFormat
{
    public const ulong ServerMagic = 0x4e42444d41474943;
    public const ulong OptionMagic = 0x49484156454F5054;
    public const ulong OptionReplyMagic = 0x0003e889045565a9;
    public const uint RequestMagic = 0x25609513;
    public const uint SimpleReplyMagic = 0x67446698;
    public const uint StructuredReplyMagic = 0x668e33ef;

    public const ushort ServerFixedNewStyle = 1;
    public const uint ClientFixedNewStyle = 1;
    public const uint ClientNoZeroes = 2;

    public const uint OptionGo = 7;
    public const uint OptionStructuredReply = 8;
    public const uint OptionSetMetaContext = 10;

    public const uint ReplyAcknowledge = 1;
    public const uint ReplyInfo = 3;
    public const uint ReplyMetaContext = 4;

    public const ushort InfoExport = 0;
    public const ushort InfoBlockSize = 3;

    /// <summary>Of an export: its reads can be asked for in one piece (DF).</summary>
    public const ushort FlagSendWhole = 128;

    public const ushort CommandRead = 0;
    public const ushort CommandDisconnect = 2;
    public const ushort CommandBlockStatus = 7;

    /// <summary>Of a request: one piece (DF).</summary>
    public const ushort RequestWhole = 4;

    public const ushort ChunkDone = 1;
    public const ushort ChunkNone = 0;
    public const ushort ChunkOffsetData = 1;
    public const ushort ChunkOffsetHole = 2;
    public const ushort ChunkBlockStatus = 5;
    public const ushort ChunkErrorFlag = 0x8000;

    /// <summary>base:allocation: the stretch reads as zeros.</summary>
    public const uint StateZero = 2;

    /// <summary>A longer option or error text is no answer of a server that means well.</summary>
    public const uint LongestText = 64 * 1024;

    /// <summary>Of block status: QEMU sends up to a mebibyte of stretches.</summary>
    public const uint LongestStatus = 16 * 1024 * 1024;

    /// <summary>What a server must take when it names no limit.</summary>
    public const int UsualRequest = 32 * 1024 * 1024;
}
