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
/// CKKS parameters are validated and immutable. Their secret is uniform ternary, and their error is centered binomial
/// of 21 coins on each side (sigma 3.24).
/// </summary>
/// <remarks>Source: Cheon, Kim, Kim and Song, ASIACRYPT 2017; presets and their derivation in docs/parameters.md.</remarks>
/// <example>
/// <code>
/// CkksParameters parameters = CkksParameters.Create(new CkksParametersLiteral
/// {
///     Degree = 4096,
///     LogModuli = [50],
///     LogScale = 32,
///     MinimumSecurity = SecurityLevel.Bits256,
/// });
/// using HeContext he = new CkksScheme().CreateContext(parameters);
/// </code>
/// </example>
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
        LogModulus = LogModulusOf(moduli);
        SecurityLevel = SecurityTable.LevelOf(degree, LogModulus);
        IsPostQuantum = SecurityTable.LevelOf(degree, LogModulus, postQuantum: true) >= SecurityLevel.Bits128;
    }

    /// <summary>
    /// The default parameters: N = 4096, one 50-bit prime, one value per coefficient, 32 fractional bits, 256-bit
    /// security. The sum of all weights times value bounds may reach 131,071.
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
    /// The setting of the paper: N = 8192, 4096 slots, three 50-bit primes, 52 fractional bits, 128-bit security and
    /// multiplicative depth 1, for which a rescale spends one prime.
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

    /// <summary>The ring degree N.</summary>
    public int Degree { get; }

    /// <summary>The binary logarithm of <see cref="Degree"/>.</summary>
    public int LogDegree => BitOperations.Log2((uint)Degree);

    /// <summary>The primes of the modulus, each 1 modulo 2N, the last of which rescaling spends.</summary>
    public ImmutableArray<ulong> Moduli { get; }

    /// <summary>The number of bits of the whole modulus.</summary>
    public int LogModulus { get; }

    /// <summary>The packing of values in a polynomial.</summary>
    public CkksPacking Packing { get; }

    /// <summary>The number of fractional bits of the fixed-point encoding; the scale is 2 to this power.</summary>
    public int LogScale { get; }

    /// <summary>The multiplicative depth, 0 or 1.</summary>
    public int Depth { get; }

    /// <summary>
    /// The plan that keeps sums exact, or null unless the packing is <see cref="CkksPacking.ExactIntegers"/>.
    /// </summary>
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
    /// The exclusive limit of magnitude plus error at every level, in units of values: half of the modulus that remains
    /// after every rescale, divided by the scale. For exact integers the limit is the largest total weight plus half a
    /// step per unit of weight, and half a step more.
    /// </summary>
    public override double Capacity => ExactIntegers?.Capacity ?? CapacityOf(Moduli, Depth, LogScale);

    /// <summary>
    /// Creates <see cref="Aggregation"/> with the most scaling bits that leave room for sums of values in [-1, 1] up to a
    /// total weight. The larger the scale, the fewer bits a given precision needs on the wire.
    /// </summary>
    /// <param name="largestTotalWeight">Largest sum of integer weights, 1 to 2^32.</param>
    /// <exception cref="ArgumentOutOfRangeException">The total weight is out of range.</exception>
    public static CkksParameters ForTotalWeight(long largestTotalWeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(largestTotalWeight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(largestTotalWeight, 1L << 32);

        // The error of any sum is below a thousandth of its magnitude.
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
    /// Plans exact sums in the ring of <see cref="Aggregation"/>: values in [-1, 1] are rounded to integers of the
    /// given bits, and decryption gives exactly the weighted sum of these integers.
    /// </summary>
    /// <param name="precisionBits">
    /// Number b of bits of a value, 2 to 32: an average is within 2^-b of the exact one.
    /// </param>
    /// <param name="largestTotalWeight">Largest sum of integer weights, 1 to 2^32.</param>
    /// <param name="traffic">The vectors that travel; public-key uploads need <see cref="CkksTraffic.PublicKey"/>.</param>
    /// <param name="primes">
    /// Number of 50-bit primes: 1 for 256-bit security, or 2 for fields of up to 52 bits in a coefficient and 128-bit security.
    /// </param>
    /// <exception cref="HeParameterException">
    /// Not even one such value fits a coefficient beside the noise, or an argument is out of range; the exception names the
    /// reason.
    /// </exception>
    public static CkksParameters ForExactIntegers(
        int precisionBits, long largestTotalWeight, CkksTraffic traffic = CkksTraffic.SeedLists, int primes = 1)
        => Create(new CkksParametersLiteral
        {
            Degree = Aggregation.Degree,
            LogModuli = [.. Enumerable.Repeat(50, Math.Clamp(primes, 0, MaxModuli + 1))],
            Packing = CkksPacking.ExactIntegers,
            LogScale = precisionBits - 1,
            LargestTotalWeight = largestTotalWeight,
            Traffic = traffic,
            MinimumSecurity = primes == 1 ? SecurityLevel.Bits256 : SecurityLevel.Bits128,
        });

    /// <summary>Validates a description and creates its parameters.</summary>
    /// <exception cref="HeParameterException">
    /// The description is not acceptable; the exception names the reason.
    /// </exception>
    public static CkksParameters Create(CkksParametersLiteral literal)
        => TryCreate(literal, out CkksParameters? parameters, out ParameterError reason)
            ? parameters
            : throw CkksParametersValidator.Describe(reason);

    /// <summary>Validates a description, and names the reason of a refusal without throwing.</summary>
    /// <param name="literal">The description.</param>
    /// <param name="parameters">The parameters, or null.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="ParameterError.None"/>.</param>
    /// <returns>Whether the description is acceptable.</returns>
    public static bool TryCreate(
        CkksParametersLiteral literal, [NotNullWhen(true)] out CkksParameters? parameters, out ParameterError reason)
    {
        ArgumentNullException.ThrowIfNull(literal);
        return CkksParametersValidator.TryCreate(literal, out parameters, out reason);
    }

    /// <summary>Computes the number of bits of a product of primes, which limits the security of a ring.</summary>
    /// <param name="moduli">The primes.</param>
    public static int LogModulusOf(ImmutableArray<ulong> moduli)
        => (int)moduli.Aggregate(BigInteger.One, (product, modulus) => product * modulus).GetBitLength();

    /// <summary>Computes the largest magnitude that a sum may reach, error included.</summary>
    /// <param name="moduli">The primes of fresh ciphertexts.</param>
    /// <param name="depth">Number of primes that rescaling may spend.</param>
    /// <param name="logScale">Number of fractional bits of the encoding.</param>
    public static double CapacityOf(ImmutableArray<ulong> moduli, int depth, int logScale)
    {
        double modulus = 1;
        foreach (ulong prime in moduli.AsSpan()[..^depth])
        {
            modulus *= prime;
        }

        return Math.ScaleB(modulus, -logScale - 1);
    }

    /// <summary>Computes the product of primes, rounded to double precision.</summary>
    internal static double ModulusOf(ImmutableArray<ulong> moduli)
        => moduli.Aggregate(1.0, (product, modulus) => product * modulus);

    /// <summary>Returns the number of bits that a residue modulo one prime needs.</summary>
    internal static int WidthOf(ulong prime) => 64 - BitOperations.LeadingZeroCount(prime);

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
        reader.ReadHeader(WireKind.Parameters, Digest.None, MaxBytes);
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
