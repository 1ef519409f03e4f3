namespace VzDump.Engine.Archives.Tar;

/// <summary>A member of a tar archive, as its headers tell. Nothing of it can be trusted.</summary>
internal sealed record TarMember
{
    /// <summary>Its path's bytes, as they stand there.</summary>
    public required byte[] Path { get; init; }

    /// <summary>e.g. <c>0</c> for a file, <c>5</c> for a folder.</summary>
    public required char Type { get; init; }

    /// <summary>Where its first header begins in the archive, in bytes.</summary>
    public required long Place { get; init; }

    /// <summary>What of it lies in the archive behind the headers, in bytes.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>How large the file is, its holes included, in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The permissions' bits.</summary>
    public required int Mode { get; init; }

    public required long User { get; init; }

    public required long Group { get; init; }

    /// <summary>In seconds since 1970.</summary>
    public required long Modified { get; init; }

    /// <summary>What a link leads to; empty for others.</summary>
    public byte[] Link { get; init; } = [];

    /// <summary>Where the pieces of a file with holes belong.</summary>
    public SparseForm Sparse { get; init; } = new SparseForm.None();

    /// <summary>Its headers as they stand there, in their order; empty where nobody wants them.</summary>
    public IReadOnlyList<TarHeaderBytes> Headers { get; init; } = [];

    public bool IsFile => Type is '0' or '\0' or '7' or 'S';
}

/// <summary>A header as it stands in an archive.</summary>
/// <param name="Block">512 bytes.</param>
/// <param name="Content">What an extended header says, without the padding behind it.</param>
internal readonly record struct TarHeaderBytes(byte[] Block, byte[] Content);

/// <summary>How a member tells of its holes.</summary>
internal abstract record SparseForm
{
    private SparseForm()
    {
    }

    public sealed record None : SparseForm;

    /// <summary>The list of pieces is known, from the headers.</summary>
    public sealed record Listed(IReadOnlyList<SparsePiece> Pieces) : SparseForm;

    /// <summary>The list of pieces stands before the content.</summary>
    public sealed record BeforeContent : SparseForm;

    /// <summary>The list was skipped, or is in a form that nobody writes any more.</summary>
    public sealed record Unknown : SparseForm;
}

/// <summary>Data between holes.</summary>
/// <param name="Offset">In the file, in bytes.</param>
internal readonly record struct SparsePiece(long Offset, long Length);
