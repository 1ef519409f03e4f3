using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace VzDump.Web.SignIn;

/// <summary>The six digits that an authenticator app shows (RFC 6238: SHA-1, 30 seconds). Each is good once, and a step early or late at most.</summary>
public sealed class AuthenticatorCodes(TimeProvider time) : IUserTwoFactorTokenProvider<Person>
{
    public const string Provider = nameof(AuthenticatorCodes);
    private const int StepSeconds = 30, Slack = 1, Digits = 6;
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public Task<string> GenerateAsync(string purpose, UserManager<Person> manager, Person user) => Task.FromResult("");

    public async Task<bool> CanGenerateTwoFactorTokenAsync(UserManager<Person> manager, Person user) => await manager.GetAuthenticatorKeyAsync(user) is { Length: > 0 };

    public async Task<bool> ValidateAsync(string purpose, string token, UserManager<Person> manager, Person user)
    {
        if (await manager.GetAuthenticatorKeyAsync(user) is not { Length: > 0 } key)
        {
            return false;
        }

        var now = time.GetUtcNow().ToUnixTimeSeconds() / StepSeconds;
        var given = Encoding.ASCII.GetBytes(string.Concat(token.Where(char.IsAsciiDigit)));
        for (var step = now - Slack; step <= now + Slack; step++)
        {
            // Who looked over somebody's shoulder must not be able to use the same code after him.
            if (step > user.LastCodeStep && CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(CodeOf(key, step))))
            {
                user.LastCodeStep = step;
                return (await manager.UpdateAsync(user)).Succeeded; // of two that come at once, the later one is refused
            }
        }

        return false;
    }

    /// <param name="key">In Base32, as apps take it.</param>
    /// <param name="step">Half minutes since 1970.</param>
    public static string CodeOf(string key, long step)
    {
        var moment = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(moment, step);
#pragma warning disable CA5350 // Authenticator apps know no other hash; as a keyed hash it is sound.
        var hash = HMACSHA1.HashData(Decode(key), moment);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xF)) & int.MaxValue;
        return (number % 1_000_000).ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0');
    }

    /// <summary>What a QR code for authenticator apps holds.</summary>
    // e.g. otpauth://totp/VzDump.Web:ada?secret=JBSWY3DPEHPK3PXP&issuer=VzDump.Web
    public static string LinkOf(string name, string key) => $"otpauth://totp/VzDump.Web:{Uri.EscapeDataString(name)}?secret={key}&issuer=VzDump.Web";

    private static byte[] Decode(string key)
    {
        var bytes = new List<byte>();
        var (bits, count) = (0, 0);
        foreach (var letter in key.ToUpperInvariant())
        {
            var value = Base32.IndexOf(letter, StringComparison.Ordinal);
            if (value < 0)
            {
                continue;
            }

            (bits, count) = (((bits << 5) | value) & 0xFFFF, count + 5);
            if (count >= 8)
            {
                count -= 8;
                bytes.Add((byte)(bits >> count));
            }
        }

        return [.. bytes];
    }
}
