using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>Content lengths are the lengths of everything that an upload has tags of; they follow from the job.</summary>
/// <param name="ClearCount">The number of values in clear.</param>
/// <param name="ValueCount">The number of encrypted values.</param>
/// <param name="SegmentCount">The number of segments of the encrypted values.</param>
/// <param name="KeyLength">The number of coefficients of a round key.</param>
/// <param name="OuterPrimes">The number of primes of the scheme that protects round keys; 0 where none are tagged.</param>
internal readonly record struct ContentLengths(long ClearCount, long ValueCount, int SegmentCount, int KeyLength, int OuterPrimes)
{
    /// <summary>The number of tags of an upload: clear values if any, segments, primes, and the key.</summary>
    public int TagCount => (ClearCount > 0 ? 1 : 0) + SegmentCount + OuterPrimes + 1;

    public void Write(WireWriter writer)
    {
        writer.WriteInt64(ClearCount);
        writer.WriteInt64(ValueCount);
        writer.WriteInt32(SegmentCount);
        writer.WriteInt32(KeyLength);
        writer.WriteInt32(OuterPrimes);
    }
}
