using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Planning;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// A transfer precision is a promise of precision that lets uploads and aggregates leave out low bits on the wire.
/// </summary>
/// <remarks>
/// Only schemes with an <see cref="IVectorCompressor"/> leave out bits; other schemes send everything. Upload and
/// aggregate each add at most 2^-(b+1) to the standard deviation of an average, relative to its tensor's bound, when
/// the planned contributors all have the largest weight. Fewer contributors or smaller weights give less precision;
/// <see cref="AveragedModel.ErrorBounds"/> and <see cref="AggregationPlan.PrecisionBits"/> say how much. The larger the
/// scale of the parameters, the fewer bits a given precision needs on the wire: see CkksParameters.ForTotalWeight.
/// Parameters with exact sums leave out what they planned, whatever this promise is, and lose nothing.
/// </remarks>
public sealed record TransferPrecision
{
    internal const int MostBits = 40;

    /// <summary>Creates the promise of a precision for a planned number of contributors.</summary>
    /// <param name="bits">The precision relative to a tensor's bound, 1 to 40 bits.</param>
    /// <param name="contributors">The planned number of contributors to a round, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public TransferPrecision(int bits, int contributors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, MostBits);
        ArgumentOutOfRangeException.ThrowIfLessThan(contributors, 1);
        Bits = bits;
        Contributors = contributors;
    }

    /// <summary>The precision relative to a tensor's bound, in bits.</summary>
    public int Bits { get; }

    /// <summary>The planned number of contributors to a round.</summary>
    public int Contributors { get; }

    /// <summary>The standard deviation that compression may add to an upload of values in [-1, 1].</summary>
    internal double UploadDeviation => Math.Sqrt(Contributors) * Math.ScaleB(1, -Bits - 1);

    /// <summary>The standard deviation that compression may add to the aggregate's sum.</summary>
    /// <param name="factor">The sum of the integers by which the uploads were multiplied.</param>
    internal double DownloadDeviation(long factor) => factor * Math.ScaleB(1, -Bits - 1);

    /// <summary>Writes a precision; zero bits represent the absence of a promise.</summary>
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
