using System.Buffers.Binary;

namespace FedHe.Crypto.LinearTags;

/// <summary>A pad position names one content among all contents that a client tags in one contribution.</summary>
/// <remarks>
/// The 16 bytes of a position are kind (1 byte), hash (1 byte: 1 or 2), prime (2 bytes), vector (4 bytes) and segment (8 bytes),
/// lowest byte first, so that no two positions share a pad.
/// </remarks>
public readonly record struct PadPosition
{
    /// <summary>The length of an encoded position in bytes: 16, the block of the cipher.</summary>
    internal const int SizeInBytes = 16;

    /// <summary>Creates a position.</summary>
    /// <param name="kind">The kind of content, of which the caller keeps the list.</param>
    /// <param name="vector">The index of the vector, at least 0.</param>
    /// <param name="segment">The index of the segment in the vector, at least 0.</param>
    /// <param name="prime">The index of the prime among the primes of the content, in [0, 65535].</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside its range.</exception>
    public PadPosition(byte kind, int vector = 0, long segment = 0, int prime = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(vector);
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        ArgumentOutOfRangeException.ThrowIfNegative(prime);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prime, ushort.MaxValue);
        Kind = kind;
        Vector = vector;
        Segment = segment;
        Prime = prime;
    }

    /// <summary>The kind of content.</summary>
    public byte Kind { get; }

    /// <summary>The index of the vector.</summary>
    public int Vector { get; }

    /// <summary>The index of the segment in the vector.</summary>
    public long Segment { get; }

    /// <summary>The index of the prime among the primes of the content.</summary>
    public int Prime { get; }

    /// <summary>Writes the cipher block of one hash, 1 or 2.</summary>
    internal void Write(Span<byte> block, byte hash)
    {
        block[0] = Kind;
        block[1] = hash;
        BinaryPrimitives.WriteUInt16LittleEndian(block[2..], (ushort)Prime);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], Vector);
        BinaryPrimitives.WriteInt64LittleEndian(block[8..], Segment);
    }
}
