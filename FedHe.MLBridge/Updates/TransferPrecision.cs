using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Planning;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// A promise of precision, which lets uploads and aggregates leave out low bits on the wire where the scheme can
/// (<see cref="IVectorCompressor"/>); other schemes send everything.
/// </summary>
/// <remarks>
/// Uploads and aggregate each add at most 2^-(b+1) to the standard deviation of an average, relative to its tensor's bound,
/// when the planned contributors all have the largest weight. Fewer contributors or smaller weights give less precision;
/// <see cref="AveragedModel.ErrorBounds"/> and <see cref="AggregationPlan.PrecisionBits"/> say how much. The fewer bits are
/// needed, the more the scale of the parameters uses their capacity: see CkksParameters.ForTotalWeight. Parameters whose
/// sums are exact leave out what they planned, whatever is promised here, and lose nothing.
/// </remarks>
public sealed record TransferPrecision
{
    internal const int MostBits = 40;

    /// <summary>States the promise.</summary>
    /// <param name="bits">Precision relative to a tensor's bound, 1 to 40 bits.</param>
    /// <param name="contributors">Planned number of contributors of a round, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of these is out of range.</exception>
    public TransferPrecision(int bits, int contributors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, MostBits);
        ArgumentOutOfRangeException.ThrowIfLessThan(contributors, 1);
        Bits = bits;
        Contributors = contributors;
    }

    /// <summary>Precision relative to a tensor's bound, in bits.</summary>
    public int Bits { get; }

    /// <summary>Planned number of contributors of a round.</summary>
    public int Contributors { get; }

    /// <summary>Standard deviation that an upload of values in [-1, 1] may add.</summary>
    internal double UploadDeviation => Math.Sqrt(Contributors) * Math.ScaleB(1, -Bits - 1);

    /// <summary>Standard deviation that the aggregate may add to a sum.</summary>
    /// <param name="factor">Sum of the integers that the uploads were multiplied by.</param>
    internal double DownloadDeviation(long factor) => factor * Math.ScaleB(1, -Bits - 1);

    /// <summary>Zero bits stand for no promise.</summary>
    internal static void Write(TransferPrecision? precision, WireWriter writer)
    {
        writer.WriteByte((byte)(precision?.Bits ?? 0));
        writer.WriteInt32(precision?.Contributors ?? 0);
    }

    internal static TransferPrecision? Read(ref WireReader reader)
    {
        int bits = reader.ReadByte();
        int contributors = reader.ReadInt32(bits == 0 ? 0 : 1, bits == 0 ? 0 : int.MaxValue);
        reader.Require(bits <= MostBits, FormatError.FieldOutOfRange);
        return reader.Failed || bits == 0 ? null : new TransferPrecision(bits, contributors);
    }
}
