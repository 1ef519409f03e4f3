using System.Security.Cryptography;
using System.Text;

namespace VzDump.Web.SignIn;

/// <summary>The code that proves its holder can read this program's console. Only its hash is kept, and only in memory.</summary>
public sealed class OneTimeCode(TimeProvider time)
{
    public const int TriesBeforeRest = 5;
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    // Without 0 O 1 I L, which look alike in many console fonts.
    private const string Alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
    private readonly Lock _gate = new();
    private byte[]? _hash;
    private int _wrong;
    private DateTimeOffset _restsUntil;

    /// <summary>Makes a new code, such as <c>K7QM-2XWA-PPTC-9HRD</c>; an earlier one is void from then on.</summary>
    public string Issue()
    {
        var code = string.Join('-', RandomNumberGenerator.GetString(Alphabet, 16).Chunk(4).Select(part => new string(part)));
        lock (_gate)
        {
            _hash = Hash(code);
        }

        return code;
    }

    public CodeCheck Check(string code)
    {
        lock (_gate)
        {
            if (time.GetUtcNow() < _restsUntil)
            {
                return CodeCheck.Resting;
            }

            if (_hash is not null && CryptographicOperations.FixedTimeEquals(_hash, Hash(code)))
            {
                _wrong = 0;
                return CodeCheck.Right;
            }

            if (++_wrong % TriesBeforeRest == 0)
            {
                _restsUntil = time.GetUtcNow() + Rest;
            }

            return CodeCheck.Wrong;
        }
    }

    public void Forget()
    {
        lock (_gate)
        {
            _hash = null;
        }
    }

    // People leave out dashes and type small letters.
    private static byte[] Hash(string code) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(code.Where(char.IsLetterOrDigit)).ToUpperInvariant()));
}

public enum CodeCheck
{
    Right,
    Wrong,

    /// <summary>Too many wrong ones came; nothing is compared for a while.</summary>
    Resting,
}
