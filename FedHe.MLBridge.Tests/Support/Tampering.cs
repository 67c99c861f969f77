using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>Hostile variants of well-formed bytes.</summary>
internal static class Tampering
{
    /// <summary>Every truncation, and lengthening by one byte.</summary>
    public static IEnumerable<byte[]> Lengths(byte[] bytes)
        => Enumerable.Range(0, bytes.Length).Select(length => bytes[..length]).Append([.. bytes, 0]);

    /// <summary>Every single bit flipped, in the bytes up to <paramref name="end"/>.</summary>
    public static IEnumerable<byte[]> BitFlips(byte[] bytes, int end = int.MaxValue)
    {
        for (int i = 0; i < Math.Min(bytes.Length, end) * 8; i++)
        {
            byte[] flipped = [.. bytes];
            flipped[i >> 3] ^= (byte)(1 << (i & 7));
            yield return flipped;
        }
    }

    /// <summary>Random four-byte fields overwritten with sizes that attackers like.</summary>
    public static IEnumerable<byte[]> HostileFields(byte[] bytes, int count, int seed)
    {
        int[] favorites = [int.MaxValue, int.MinValue, -1, 0, 1, 0x7FFFFFC7, 1 << 30, ushort.MaxValue];
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            byte[] changed = [.. bytes];
            int offset = random.Next(Math.Min(bytes.Length, 600) - sizeof(int));
            BitConverter.TryWriteBytes(changed.AsSpan(offset), favorites[random.Next(favorites.Length)]);
            yield return changed;
        }
    }

    /// <summary>Random bytes behind the first bytes of the original, so that they get past the header.</summary>
    public static IEnumerable<byte[]> RandomTails(byte[] bytes, int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            byte[] changed = [.. bytes];
            random.NextBytes(changed.AsSpan(random.Next(bytes.Length)));
            yield return changed;
        }
    }

    /// <summary>Runs a Try-style parser: whatever the bytes, it answers, and its answer agrees with its reason.</summary>
    public static int CountAccepted(IEnumerable<byte[]> inputs, Func<byte[], (bool Accepted, FormatError Reason)> parse)
    {
        int accepted = 0;
        foreach (byte[] input in inputs)
        {
            (bool ok, FormatError reason) = parse(input);
            Assert.Equal(ok, reason == FormatError.None);
            accepted += ok ? 1 : 0;
        }

        return accepted;
    }
}
