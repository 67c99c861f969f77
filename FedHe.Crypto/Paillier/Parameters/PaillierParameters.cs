using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier.Parameters;

/// <summary>
/// Paillier parameters are validated and immutable: the size of keys, the precision of values, and the largest total
/// weight of the sums that the fields of a ciphertext have room for.
/// </summary>
/// <remarks>
/// <para>
/// A value x becomes the integer round(x*2^(b-1)) for b = <see cref="PrecisionBits"/>. A decrypted sum is exactly 2^-(b-1)
/// times the weighted sum of these integers, always: the average of values in [-1, 1] is within 2^-b of the exact one.
/// </para>
/// <para>
/// Security rests on factoring n: classically 112, 128 and about 150 bits for keys of 2048, 3072 and 4096 bits (NIST SP
/// 800-57, part 1, table 2; the last one interpolated). <strong>There is none against a quantum computer.</strong>
/// </para>
/// </remarks>
public sealed class PaillierParameters : HeParameters
{
    /// <summary>The default of <see cref="PrecisionBits"/>.</summary>
    public const int DefaultPrecisionBits = 24;

    /// <summary>The default of <see cref="KeyBits"/>.</summary>
    public const int DefaultKeyBits = 3072;

    internal const string Name = "paillier";

    private const int MinPrecisionBits = 2;
    private const int MaxPrecisionBits = 32;
    private const long MaxTotalWeight = 1L << 32;

    // The numbers of fields stay below a quarter of n on either side of zero.
    private const int SpareBits = 2;

    private PaillierParameters(int keyBits, int precisionBits, long largestTotalWeight)
    {
        KeyBits = keyBits;
        PrecisionBits = precisionBits;
        LargestTotalWeight = largestTotalWeight;
        Sums = new ExactSums(precisionBits, largestTotalWeight);
        ValuesPerCiphertext = (keyBits - SpareBits) / FieldBits;
    }

    /// <summary>
    /// The default parameters: keys of 3072 bits, values of 24 bits, sums of a total weight of up to 100,000.
    /// </summary>
    public static PaillierParameters Default { get; } = Create(largestTotalWeight: 100_000);

    /// <inheritdoc/>
    public override string SchemeName => Name;

    /// <summary>The number of bits of n: 2048, 3072 or 4096.</summary>
    public int KeyBits { get; }

    /// <summary>The number of bits b of a value in [-1, 1], 2 to 32: its step is 2^-(b-1).</summary>
    public int PrecisionBits { get; }

    /// <summary>
    /// The largest total weight W of a sum of values in [-1, 1]; weights of other bounds count in proportion.
    /// </summary>
    public long LargestTotalWeight { get; }

    /// <summary>The number of bits of a field, at most 48: enough for W*(2^b + 1) + 1 sums.</summary>
    public int FieldBits => Sums.FieldBits;

    /// <summary>The number of fields in a ciphertext: as many as fit into all bits of n but two.</summary>
    public override int ValuesPerCiphertext { get; }

    /// <inheritdoc/>
    public override string Encoding => string.Create(
        CultureInfo.InvariantCulture,
        $"exact integers of {PrecisionBits} bits, {ValuesPerCiphertext} fields of {FieldBits} bits modulo a number of {KeyBits} bits");

    /// <summary>
    /// The exclusive limit of magnitude plus error, in units of values: the largest total weight plus half a step for
    /// each unit of weight, and half a step.
    /// </summary>
    public override double Capacity => Sums.Capacity;

    /// <summary>
    /// The security level: 112 bits for keys of 2048 bits, else 128; see the remarks on
    /// <see cref="PaillierParameters"/>.
    /// </summary>
    public override SecurityLevel SecurityLevel => KeyBits < DefaultKeyBits ? SecurityLevel.Bits112 : SecurityLevel.Bits128;

    internal ExactSums Sums { get; }

    /// <summary>The length of n in bytes.</summary>
    internal int ModulusLength => KeyBits / 8;

    /// <summary>The length of a ciphertext in bytes.</summary>
    internal int CiphertextLength => 2 * ModulusLength;

    /// <summary>Creates parameters whose fields have room for sums of a given total weight.</summary>
    /// <param name="largestTotalWeight">
    /// Largest sum of integer weights, 1 to 2^32; with hidden weights, the number of clients.
    /// </param>
    /// <param name="precisionBits">Bits of a value, 2 to 32: an average is within 2^-b of the exact one.</param>
    /// <param name="keyBits">Bits of keys: 2048, 3072 or 4096.</param>
    /// <exception cref="HeParameterException">
    /// An argument is out of range, or sums of this precision and weight need more than 48 bits; the exception names the
    /// reason.
    /// </exception>
    public static PaillierParameters Create(
        long largestTotalWeight, int precisionBits = DefaultPrecisionBits, int keyBits = DefaultKeyBits)
        => TryCreate(largestTotalWeight, precisionBits, keyBits, out PaillierParameters? parameters, out ParameterError reason)
            ? parameters
            : throw Describe(reason);

    /// <summary>Creates parameters, and names the reason of a refusal without throwing.</summary>
    /// <param name="largestTotalWeight">Largest sum of integer weights, 1 to 2^32.</param>
    /// <param name="precisionBits">Bits of a value, 2 to 32.</param>
    /// <param name="keyBits">Bits of keys: 2048, 3072 or 4096.</param>
    /// <param name="parameters">The parameters, or null.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="ParameterError.None"/>.</param>
    public static bool TryCreate(
        long largestTotalWeight,
        int precisionBits,
        int keyBits,
        [NotNullWhen(true)] out PaillierParameters? parameters,
        out ParameterError reason)
    {
        reason = Check(largestTotalWeight, precisionBits, keyBits);
        parameters = reason == ParameterError.None ? new PaillierParameters(keyBits, precisionBits, largestTotalWeight) : null;
        return parameters is not null;
    }

    /// <inheritdoc/>
    protected override void WritePayload(WireWriter writer)
    {
        writer.WriteString(SchemeName);
        writer.WriteInt32(KeyBits);
        writer.WriteByte((byte)PrecisionBits);
        writer.WriteInt64(LargestTotalWeight);
    }

    internal static PaillierParameters Read(ReadOnlySpan<byte> source)
    {
        const int MaxBytes = 1024;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Parameters, Digest.None, MaxBytes);
        reader.Require(reader.ReadString(maxBytes: 32) == Name, FormatError.WrongKind);
        int keyBits = reader.ReadInt32(1, int.MaxValue);
        int precisionBits = reader.ReadByte();
        long largestTotalWeight = reader.ReadInt64();
        reader.ExpectEnd();
        return reader.Failed
            ? throw new HeFormatException(reader.Error, "Paillier parameter set")
            : Create(largestTotalWeight, precisionBits, keyBits);
    }

    private static ParameterError Check(long largestTotalWeight, int precisionBits, int keyBits)
    {
        if (keyBits is not (2048 or 3072 or 4096))
        {
            return ParameterError.KeySizeNotSupported;
        }

        if (precisionBits is < MinPrecisionBits or > MaxPrecisionBits)
        {
            return ParameterError.ScaleNotSupported;
        }

        if (largestTotalWeight is < 1 or > MaxTotalWeight)
        {
            return ParameterError.TotalWeightNotSupported;
        }

        return new ExactSums(precisionBits, largestTotalWeight).FieldBits <= FieldPacking.MaxFieldBits
            ? ParameterError.None
            : ParameterError.PrecisionExceedsModulus;
    }

    private static HeParameterException Describe(ParameterError reason) => new(reason, reason switch
    {
        ParameterError.KeySizeNotSupported => "Keys must have 2048, 3072 or 4096 bits.",
        ParameterError.ScaleNotSupported =>
            $"Exact integers must have between {MinPrecisionBits} and {MaxPrecisionBits} bits.",
        ParameterError.TotalWeightNotSupported => "The largest total weight must be between 1 and 2^32.",
        _ => $"Sums of this precision and total weight need fields of more than {FieldPacking.MaxFieldBits} bits. " +
            "Use fewer bits or a smaller total weight.",
    });
}
