using System.Security.Cryptography;
using System.Text;

namespace VzDump.Web.SignIn;

/// <summary>Lets a program in, on behalf of a person and with no more rights than that person has. Only the hash of its text is kept.</summary>
public sealed class ApiToken
{
    /// <summary>What a token begins with, so that it is known for one wherever it turns up.</summary>
    public const string Mark = "vzd_";

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int Length = 40; // some 238 bits: nobody guesses it, so that a plain hash protects it

    public required Guid Id { get; init; }

    public required string PersonId { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the text, in hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>The most that it may, however much its owner may.</summary>
    public required Role Scope { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>To the minute; null before it was used.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    // e.g. vzd_8yXQ…
    public static string NewText() => Mark + RandomNumberGenerator.GetString(Letters, Length);

    public static string HashOf(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>What a token adds to who is signed in.</summary>
internal static class TokenClaims
{
    public const string Id = "vzdump-token";
}
