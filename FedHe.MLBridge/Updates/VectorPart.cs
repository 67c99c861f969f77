using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>The encrypted vector at the end of an update, an aggregate or a saved state.</summary>
internal static class VectorPart
{
    /// <summary>
    /// Reads the rest of the bytes as a vector of exactly the length that the terms ask for, or as nothing when they
    /// ask for none.
    /// </summary>
    public static EncryptedVector? Read(ref WireReader reader, IVectorReader vectorReader, AggregationTerms terms)
    {
        if (terms.VectorLength == 0)
        {
            reader.ExpectEnd();
            return null;
        }

        ReadOnlySpan<byte> bytes = reader.ReadBytes(reader.Remaining);
        if (reader.Failed)
        {
            return null;
        }

        if (!vectorReader.TryRead(bytes, WireLimits.ForLength(terms.VectorLength), out EncryptedVector? vector, out FormatError reason))
        {
            reader.Fail(reason);
            return null;
        }

        if (vector.Length != terms.VectorLength)
        {
            vector.Dispose();
            reader.Fail(FormatError.Inconsistent);
            return null;
        }

        return vector;
    }
}
