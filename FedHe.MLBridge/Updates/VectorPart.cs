using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>The encrypted vector at the end of an update, an aggregate or a saved state.</summary>
internal static class VectorPart
{
    /// <summary>
    /// Reads the rest of the bytes as a vector of full depth and exactly the length that the terms ask for, or as
    /// nothing when they ask for none.
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

        reader.Require(vector.Length == terms.VectorLength, FormatError.Inconsistent);

        // The first vector of a sum fixes its depth: a spent one would shut all others out.
        reader.Require(vector.SpentDepth == 0, FormatError.FieldOutOfRange);
        if (reader.Failed)
        {
            vector.Dispose();
            return null;
        }

        return vector;
    }
}
