using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Aggregation terms are everything that all parties of an aggregation agree upon, except keys and parameters. They are
/// immutable, and equal when their digests are.
/// </summary>
public sealed record AggregationTerms
{
    /// <summary>
    /// The largest sum of weights, 2^33 - 1, up to which sums of values in clear are exact 64-bit integers with 30
    /// fractional bits.
    /// </summary>
    public const long LargestTotalWeight = long.MaxValue >> ClearPart.LogScale;

    /// <summary>Creates terms under which every value of the model is encrypted.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="weighting">The choice of who learns the weights.</param>
    /// <param name="maxWeight">
    /// The largest weight of one client, 1 to <see cref="LargestTotalWeight"/>; it is public.
    /// </param>
    /// <param name="precision">
    /// The precision beyond which bits may be left out on the wire, or null to leave out nothing.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The weighting is undefined, or the largest weight is out of range.
    /// </exception>
    public AggregationTerms(ModelLayout layout, Weighting weighting, long maxWeight, TransferPrecision? precision = null)
        : this(layout, EncryptionMask.All(layout), weighting, maxWeight, precision)
    {
    }

    /// <summary>Creates terms under which the values of a mask are encrypted.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="mask">The mask of the encrypted values.</param>
    /// <param name="weighting">The choice of who learns the weights.</param>
    /// <param name="maxWeight">
    /// The largest weight of one client, 1 to <see cref="LargestTotalWeight"/>; it is public.
    /// </param>
    /// <param name="precision">
    /// The precision beyond which bits may be left out on the wire, or null to leave out nothing.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The weighting is undefined, or the largest weight is out of range.
    /// </exception>
    /// <exception cref="HeMismatchException">The mask is for another layout.</exception>
    /// <exception cref="PlanRefusedException">Hidden weights are combined with a mask that leaves values in clear.</exception>
    public AggregationTerms(
        ModelLayout layout, EncryptionMask mask, Weighting weighting, long maxWeight, TransferPrecision? precision = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWeight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxWeight, LargestTotalWeight);
        if (!Enum.IsDefined(weighting))
        {
            throw Throw.UndefinedChoice(nameof(weighting));
        }

        if (mask.LayoutDigest != layout.Digest)
        {
            throw Throw.MaskOfAnotherLayout();
        }

        if (weighting == Weighting.Hidden && !mask.IsAll)
        {
            throw Throw.HiddenWeightsNeedFullMask();
        }

        Layout = layout;
        Mask = mask;
        Weighting = weighting;
        MaxWeight = maxWeight;
        Precision = precision;
        Digest = Digest.Of(WriteTo);
    }

    /// <summary>The layout of the model that is averaged.</summary>
    public ModelLayout Layout { get; }

    /// <summary>The mask of the encrypted values.</summary>
    public EncryptionMask Mask { get; }

    /// <summary>The choice of who learns the weights.</summary>
    public Weighting Weighting { get; }

    /// <summary>The largest weight of one client; hidden weights are encrypted as fractions of it.</summary>
    public long MaxWeight { get; }

    /// <summary>The precision beyond which bits may be left out on the wire, or null to leave out nothing.</summary>
    public TransferPrecision? Precision { get; }

    /// <summary>
    /// The identity of the terms, which covers layout, bounds, mask, weighting, largest weight and precision.
    /// </summary>
    public Digest Digest { get; }

    /// <summary>
    /// The number of encrypted values in an update: the mask's values, and the weight when it is hidden.
    /// </summary>
    public long VectorLength => Mask.EncryptedCount + (Weighting == Weighting.Hidden ? 1 : 0);

    /// <inheritdoc/>
    public bool Equals(AggregationTerms? other) => other is not null && Digest == other.Digest;

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();

    /// <summary>Writes the canonical bytes of the terms.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var layout = new ArrayBufferWriter<byte>();
        Layout.WriteTo(layout);
        var mask = new ArrayBufferWriter<byte>();
        Mask.WriteTo(mask);
        var writer = new WireWriter(destination);
        writer.WriteHeader(
            WireKind.AggregationTerms,
            Digest.None,
            1 + sizeof(long) + 1 + sizeof(int) + sizeof(int) + (long)layout.WrittenCount + mask.WrittenCount);
        writer.WriteByte((byte)Weighting);
        writer.WriteInt64(MaxWeight);
        TransferPrecision.Write(Precision, writer);
        writer.WriteInt32(layout.WrittenCount);
        writer.WriteBytes(layout.WrittenSpan);
        writer.WriteBytes(mask.WrittenSpan);
    }

    /// <summary>Tries to parse exactly one set of terms from untrusted bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="limits">
    /// The largest encoded length, and the largest number of elements in all tensors together.
    /// </param>
    /// <param name="terms">The terms.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out AggregationTerms? terms, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        terms = null;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.AggregationTerms, Digest.None, limits.MaxBytes);
        var weighting = (Weighting)reader.ReadByte();
        reader.Require(Enum.IsDefined(weighting), FormatError.FieldOutOfRange);
        long maxWeight = reader.ReadInt64(1, LargestTotalWeight);
        TransferPrecision? precision = TransferPrecision.Read(ref reader);
        ReadOnlySpan<byte> layoutBytes = reader.ReadBytes(reader.ReadInt32(0, int.MaxValue));
        ReadOnlySpan<byte> maskBytes = reader.ReadBytes(reader.Remaining);
        if (reader.Failed)
        {
            reason = reader.Error;
            return false;
        }

        if (!ModelLayout.TryRead(layoutBytes, limits, out ModelLayout? layout, out reason)
            || !EncryptionMask.TryRead(maskBytes, layout, out EncryptionMask? mask, out reason))
        {
            return false;
        }

        if (weighting == Weighting.Hidden && !mask.IsAll)
        {
            reason = FormatError.Inconsistent;
            return false;
        }

        terms = new AggregationTerms(layout, mask, weighting, maxWeight, precision);
        return true;
    }

    /// <summary>Returns a reference weight, or the largest weight where none is given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    internal long CheckReferenceWeight(long? referenceWeight)
    {
        long reference = referenceWeight ?? MaxWeight;
        ArgumentOutOfRangeException.ThrowIfLessThan(reference, 1, nameof(referenceWeight));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reference, MaxWeight, nameof(referenceWeight));
        return reference;
    }

    /// <summary>
    /// Returns the parameters that the header of an update or an aggregate names: none when nothing is encrypted.
    /// </summary>
    internal Digest ParametersIdOf(HeParameters parameters) => VectorLength > 0 ? parameters.Id : Digest.None;
}
