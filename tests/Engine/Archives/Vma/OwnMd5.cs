using System.Numerics;

namespace VzDump.Tests.Engine.Archives.Vma;

/// <summary>MD5 by the book (RFC 1321), so that the checks of an archive share nothing with what wrote it.</summary>
internal static class OwnMd5
{
    private static readonly int[] Turns = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    private static readonly uint[] Sines = [.. Enumerable.Range(1, 64).Select(i => (uint)(Math.Abs(Math.Sin(i)) * 4294967296.0))];

    public static byte[] Of(ReadOnlySpan<byte> message)
    {
        var padded = new byte[(message.Length + 9 + 63) / 64 * 64];
        message.CopyTo(padded);
        padded[message.Length] = 0x80;
        for (var i = 0; i < 8; i++)
        {
            padded[padded.Length - 8 + i] = (byte)(message.Length * 8L >> (8 * i));
        }

        uint[] state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        for (var at = 0; at < padded.Length; at += 64)
        {
            Mix(state, padded.AsSpan(at, 64));
        }

        return [.. state.SelectMany(word => new[] { (byte)word, (byte)(word >> 8), (byte)(word >> 16), (byte)(word >> 24) })];
    }

    private static void Mix(uint[] state, ReadOnlySpan<byte> chunk)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (var i = 0; i < 64; i++)
        {
            var (mixed, word) = (i / 16) switch
            {
                0 => ((b & c) | (~b & d), i),
                1 => ((d & b) | (~d & c), ((5 * i) + 1) % 16),
                2 => (b ^ c ^ d, ((3 * i) + 5) % 16),
                _ => (c ^ (b | ~d), 7 * i % 16),
            };
            var w = chunk.Slice(word * 4, 4);
            var sum = a + mixed + Sines[i] + (uint)(w[0] | w[1] << 8 | w[2] << 16 | w[3] << 24);
            (a, d, c, b) = (d, c, b, b + BitOperations.RotateLeft(sum, Turns[(i / 16 * 4) + (i % 4)]));
        }

        (state[0], state[1], state[2], state[3]) = (state[0] + a, state[1] + b, state[2] + c, state[3] + d);
    }
}
