using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// Validated, immutable parameters of the CKKS scheme with a uniform ternary secret and centred-binomial error
/// (21 coins a side, sigma 3.24).
/// </summary>
/// <remarks>Source: Cheon, Kim, Kim and Song, ASIACRYPT 2017; presets and their derivation in docs/parameters.md.</remarks>
public sealed class CkksParameters : HeParameters
{
    internal const string Name = "ckks";

    internal const int MaxModuli = 16;

    internal CkksParameters(
        int degree, ImmutableArray<ulong> moduli, CkksPacking packing, int logScale, int depth, CkksExactIntegers? exactIntegers)
    {
        Degree = degree;
        Moduli = moduli;
        Packing = packing;
        LogScale = logScale;
        Depth = depth;
        ExactIntegers = exactIntegers;
        LogModulus = CkksModuli.LogModulusOf(moduli);
        SecurityLevel = SecurityTable.LevelOf(degree, LogModulus);
        IsPostQuantum = SecurityTable.LevelOf(degree, LogModulus, postQuantum: true) >= SecurityLevel.Bits128;
    }

    /// <summary>
    /// The default: N = 4096, one 50-bit prime, one value a coefficient, 32 fractional bits, 256-bit security.
    /// Weights times value bounds may sum to 131,071.
    /// </summary>
    public static CkksParameters Aggregation { get; } = Create(new CkksParametersLiteral
    {
        Degree = 4096,
        LogModuli = [50],
        Packing = CkksPacking.Coefficients,
        LogScale = 32,
        MinimumSecurity = SecurityLevel.Bits256,
    });

    /// <summary>
    /// The setting of the paper: N = 8192, 4096 slots, three 50-bit primes of which one is spent by a rescale, 52
    /// fractional bits, multiplicative depth 1, 128-bit security.
    /// </summary>
    /// <remarks>Source: FedML-HE, section 4.1, "Default Crypto Parameters".</remarks>
    public static CkksParameters PaperDefault { get; } = Create(new CkksParametersLiteral
    {
        Degree = 8192,
        LogModuli = [50, 50, 50],
        Packing = CkksPacking.Slots,
        LogScale = 52,
        Depth = 1,
    });

    /// <inheritdoc/>
    public override string SchemeName => Name;

    /// <summary>Ring degree N.</summary>
    public int Degree { get; }

    /// <summary>Binary logarithm of <see cref="Degree"/>.</summary>
    public int LogDegree => BitOperations.Log2((uint)Degree);

    /// <summary>The primes of the modulus, each 1 modulo 2N; rescaling spends the last one.</summary>
    public ImmutableArray<ulong> Moduli { get; }

    /// <summary>Bits of the whole modulus.</summary>
    public int LogModulus { get; }

    /// <summary>Where values sit in a polynomial.</summary>
    public CkksPacking Packing { get; }

    /// <summary>Fractional bits of the fixed-point encoding.</summary>
    public int LogScale { get; }

    /// <summary>Multiplicative depth, 0 or 1.</summary>
    public int Depth { get; }

    /// <summary>How sums are kept exact; null unless the packing is <see cref="CkksPacking.ExactIntegers"/>.</summary>
    public CkksExactIntegers? ExactIntegers { get; }

    /// <inheritdoc/>
    public override string Encoding => Packing switch
    {
        CkksPacking.ExactIntegers => string.Create(
            CultureInfo.InvariantCulture,
            $"exact integers of {ExactIntegers!.PrecisionBits} bits, {ExactIntegers.Fields} in each of {Degree} coefficients"),
        CkksPacking.Slots => string.Create(CultureInfo.InvariantCulture, $"{Degree / 2} slots, {LogScale} fractional bits"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Degree} coefficients, {LogScale} fractional bits"),
    };

    /// <inheritdoc/>
    public override SecurityLevel SecurityLevel { get; }

    /// <summary>Whether 128 bits also hold in the quantum column of the 2018 standard.</summary>
    public bool IsPostQuantum { get; }

    /// <inheritdoc/>
    public override int ValuesPerCiphertext => Packing switch
    {
        CkksPacking.ExactIntegers => Degree * ExactIntegers!.Fields,
        CkksPacking.Slots => Degree / 2,
        _ => Degree,
    };

    /// <summary>
    /// Half of the modulus that remains after every rescale, over the scale. It holds at every level, since the level
    /// above has the spent prime in hand. Of exact integers it is the largest total weight, and half a step of each unit
    /// of it.
    /// </summary>
    public override double Capacity => ExactIntegers?.Capacity ?? CkksModuli.CapacityOf(Moduli, Depth, LogScale);

    /// <summary>
    /// <see cref="Aggregation"/> with the most scaling bits that leave room for sums of a given total weight of values in
    /// [-1, 1]: the fewer bits are then needed on the wire for a given precision.
    /// </summary>
    /// <param name="largestTotalWeight">Largest sum of integer weights, 1 to 2^32.</param>
    /// <exception cref="ArgumentOutOfRangeException">The total weight is out of range.</exception>
    public static CkksParameters ForTotalWeight(long largestTotalWeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(largestTotalWeight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(largestTotalWeight, 1L << 32);

        // One part in a thousand beside the magnitude is more than the error of any sum needs.
        double largestSum = largestTotalWeight * (1 + (1.0 / 1024));
        return Create(new CkksParametersLiteral
        {
            Degree = Aggregation.Degree,
            LogModuli = [50],
            LogScale = Math.ILogB(Aggregation.Moduli[0] / (2 * largestSum)),
            MinimumSecurity = SecurityLevel.Bits256,
        });
    }

    /// <summary>
    /// The ring of <see cref="Aggregation"/> for sums that are exact: values in [-1, 1] are rounded to integers of the given
    /// bits, and decryption gives exactly the weighted sum of these. Fields and bits on the wire are planned from the rest.
    /// </summary>
    /// <param name="precisionBits">Bits b of a value, 2 to 32: an average is within 2^-b of the exact one.</param>
    /// <param name="largestTotalWeight">Largest sum of integer weights, 1 to 2^32.</param>
    /// <param name="traffic">What to plan for; public-key uploads need <see cref="CkksTraffic.PublicKey"/>.</param>
    /// <exception cref="HeParameterException">
    /// Not even one such value fits a coefficient beside the noise, or an argument is out of range; the exception names the
    /// reason.
    /// </exception>
    public static CkksParameters ForExactIntegers(
        int precisionBits, long largestTotalWeight, CkksTraffic traffic = CkksTraffic.SeedLists)
        => Create(new CkksParametersLiteral
        {
            Degree = Aggregation.Degree,
            LogModuli = [50],
            Packing = CkksPacking.ExactIntegers,
            LogScale = precisionBits - 1,
            LargestTotalWeight = largestTotalWeight,
            Traffic = traffic,
            MinimumSecurity = SecurityLevel.Bits256,
        });

    /// <summary>Validates a description.</summary>
    /// <exception cref="HeParameterException">The description is not acceptable; the exception names the reason.</exception>
    public static CkksParameters Create(CkksParametersLiteral literal)
        => TryCreate(literal, out CkksParameters? parameters, out ParameterError reason)
            ? parameters
            : throw CkksParametersValidator.Describe(reason);

    /// <summary>Validates a description without throwing.</summary>
    public static bool TryCreate(
        CkksParametersLiteral literal, [NotNullWhen(true)] out CkksParameters? parameters, out ParameterError reason)
    {
        ArgumentNullException.ThrowIfNull(literal);
        return CkksParametersValidator.TryCreate(literal, out parameters, out reason);
    }

    /// <inheritdoc/>
    protected override void WritePayload(WireWriter writer)
    {
        writer.WriteString(SchemeName);
        writer.WriteInt32(Degree);
        writer.WriteByte((byte)Packing);
        writer.WriteByte((byte)LogScale);
        writer.WriteByte((byte)Depth);
        writer.WriteByte((byte)Moduli.Length);
        foreach (ulong modulus in Moduli)
        {
            writer.WriteUInt64(modulus);
        }

        ExactIntegers?.Write(writer);
    }

    internal static CkksParameters Read(ReadOnlySpan<byte> source)
    {
        const string What = "CKKS parameter set";
        const int MaxBytes = 1024;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Parameters, ParametersId.None, MaxBytes);
        reader.Require(reader.ReadString(maxBytes: 32) == Name, FormatError.WrongKind);
        int degree = reader.ReadInt32(1, int.MaxValue);
        var packing = (CkksPacking)reader.ReadByte();
        int logScale = reader.ReadByte();
        int depth = reader.ReadByte();
        int count = reader.ReadByte();
        reader.Require(count <= MaxModuli, FormatError.LimitExceeded);
        ImmutableArray<ulong>.Builder moduli = ImmutableArray.CreateBuilder<ulong>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            moduli.Add(reader.ReadUInt64());
        }

        CkksExactIntegers? exactIntegers =
            packing == CkksPacking.ExactIntegers ? CkksExactIntegers.Read(ref reader, logScale) : null;
        reader.ExpectEnd();
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, What);
        }

        ParameterError reason = CkksParametersValidator.Validate(degree, [.. moduli], packing, logScale, depth, exactIntegers);
        return reason == ParameterError.None
            ? new CkksParameters(degree, moduli.ToImmutable(), packing, logScale, depth, exactIntegers)
            : throw CkksParametersValidator.Describe(reason);
    }
}
