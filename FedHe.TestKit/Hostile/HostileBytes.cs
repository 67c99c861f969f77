using System.Buffers.Binary;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;

namespace FedHe.TestKit.Hostile;

/// <summary>Hostile bytes are well-formed bytes spoiled as an attacker or a broken disk would spoil them.</summary>
/// <remarks>
/// Bytes are truncated, bits flipped, lengths overwritten, and parts spliced, repeated and randomized. The same seed gives the
/// same sequence; print <see cref="Seed"/> in failures.
/// </remarks>
public sealed class HostileBytes
{
    private static readonly (int Width, long Number)[] ExtremeNumbers =
    [
        (1, 0), (1, 1), (1, 0x7F), (1, 0x80), (1, 0xFF),
        (2, 0), (2, 0x7FFF), (2, 0xFFFF),
        (4, 0), (4, 1), (4, int.MaxValue), (4, int.MinValue), (4, -1),
        (8, 0), (8, 1L << 40), (8, long.MaxValue), (8, long.MinValue), (8, -1),

        // As doubles: infinity, not a number, the largest, and the smallest above zero.
        (8, 0x7FF0_0000_0000_0000), (8, 0x7FF8_0000_0000_0000), (8, 0x7FEF_FFFF_FFFF_FFFF), (8, 1),
    ];

    private readonly Random _random;
    private byte[] _buffer = [];

    /// <summary>Starts a reproducible sequence.</summary>
    public HostileBytes(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
    }

    /// <summary>The seed of the sequence.</summary>
    public int Seed { get; }

    /// <summary>Lists every shorter prefix of the original, <paramref name="step"/> bytes apart.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Truncations(ReadOnlyMemory<byte> original, int step = 1)
    {
        for (int length = 0; length < original.Length; length += step)
        {
            yield return original[..length];
        }
    }

    /// <summary>
    /// Lists the original with each single bit of the first <paramref name="count"/> bytes flipped, in one reused buffer.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> BitFlips(ReadOnlyMemory<byte> original, int count)
    {
        byte[] copy = original.ToArray();
        for (int bit = 0; bit < 8 * Math.Min(count, copy.Length); bit++)
        {
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return copy;
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    /// <summary>
    /// Lists the original with every few bytes of the first <paramref name="count"/> bytes replaced by extreme numbers, in one
    /// reused buffer.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> ExtremeFields(ReadOnlyMemory<byte> original, int count)
    {
        byte[] copy = original.ToArray();
        for (int offset = 0; offset < Math.Min(count, copy.Length); offset++)
        {
            foreach ((int width, long number) in ExtremeNumbers)
            {
                if (offset + width <= copy.Length)
                {
                    Overwrite(copy.AsSpan(offset, width), number);
                    yield return copy;
                    original.Span.Slice(offset, width).CopyTo(copy.AsSpan(offset));
                }
            }
        }
    }

    /// <summary>Returns the next spoiled version of the original, as a span that is valid until the next call.</summary>
    public ReadOnlySpan<byte> Next(ReadOnlySpan<byte> original)
    {
        if (_buffer.Length < (2 * original.Length) + 64)
        {
            _buffer = new byte[(2 * original.Length) + 64];
        }

        original.CopyTo(_buffer);
        int length = original.Length;
        for (int changes = 1 + _random.Next(3); changes > 0; changes--)
        {
            length = Change(original, length);
        }

        return _buffer.AsSpan(0, length);
    }

    private static void Overwrite(Span<byte> field, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        bytes[..field.Length].CopyTo(field);
    }

    private int Change(ReadOnlySpan<byte> original, int length)
    {
        Span<byte> bytes = _buffer.AsSpan(0, length);
        switch (_random.Next(8))
        {
            case 0 when length > 0:
                return _random.Next(length);

            case 1 when length > 0:
                bytes[_random.Next(length)] ^= (byte)(1 << _random.Next(8));
                return length;

            case 2 when length > 0:
                // The fields that say how much follows are near the beginning.
                bytes[_random.Next(Math.Min(length, 128))] ^= (byte)(1 << _random.Next(8));
                return length;

            case 3 when length >= sizeof(long):
                (int width, long number) = ExtremeNumbers[_random.Next(ExtremeNumbers.Length)];
                int limit = _random.Next(2) == 0 ? Math.Min(length, 128) : length;
                Overwrite(bytes.Slice(_random.Next(limit - width + 1), width), number);
                return length;

            case 4 when length > 0:
                _random.NextBytes(bytes[_random.Next(length)..]);
                return length;

            case 5 when length > 1:
                int count = _random.Next(1, length / 2 + 1);
                bytes.Slice(_random.Next(length - count + 1), count).CopyTo(bytes[_random.Next(length - count + 1)..]);
                return length;

            case 6:
                int extra = Math.Min(_random.Next(1, 64), _buffer.Length - length);
                _random.NextBytes(_buffer.AsSpan(length, extra));
                return length + extra;

            case 7:
                _random.NextBytes(_buffer.AsSpan(0, length = _random.Next(original.Length + 1)));
                original[..Math.Min(length, _random.Next(64))].CopyTo(_buffer);
                return length;

            default:
                return length;
        }
    }
}
