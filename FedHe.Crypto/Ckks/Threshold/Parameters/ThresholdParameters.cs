using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold.Parameters;

/// <summary>
/// Threshold parameters describe exact integers under a key that n parties make together and any t of them use, two primes of 50 bits,
/// and the noise that hides the key in every partial decryption.
/// </summary>
/// <remarks>
/// Sources: Mouchet, Troncoso-Pastoriza, Bossuat and Hubaux, ePrint 2020/304 (n of n); Mouchet, Bertrand and Hubaux, ePrint
/// 2022/780 (t of n); docs/parameters.md derives every figure.
/// </remarks>
/// <example>
/// <code>
/// var parameters = ThresholdParameters.Plan(new ThresholdRequirements(
///     Parties: 3, Threshold: 2, PrecisionBits: 12, LargestTotalWeight: 3));
/// int fields = parameters.Encryption.ExactIntegers!.Fields; // 2
/// </code>
/// </example>
public sealed class ThresholdParameters : HeParameters
{
    /// <summary>The name of threshold encryption.</summary>
    public const string Name = "threshold-ckks";

    private static readonly ImmutableArray<int> LogModuli = [50, 50];

    private readonly ThresholdBudget _budget;

    private ThresholdParameters(
        CkksParameters encryption, int parties, int threshold, int statisticalSecurity, long openings, ThresholdBudget budget)
    {
        Encryption = encryption;
        Parties = parties;
        Threshold = threshold;
        StatisticalSecurity = statisticalSecurity;
        Openings = openings;
        _budget = budget;
    }

    /// <summary>The parameters of the vectors, which also name them on the wire.</summary>
    public CkksParameters Encryption { get; }

    /// <summary>The number n of parties.</summary>
    public int Parties { get; }

    /// <summary>The number t of parties that open a sum.</summary>
    public int Threshold { get; }

    /// <summary>The bits s of statistical security of all openings together.</summary>
    public int StatisticalSecurity { get; }

    /// <summary>The number tau of ciphertexts that may ever be opened under one key.</summary>
    public long Openings { get; }

    /// <summary>The standard deviation of the noise of a partial decryption, in units of coefficients.</summary>
    public double FloodingSigma => Math.Sqrt(_budget.Flooding.Variance);

    /// <inheritdoc/>
    public override string SchemeName => Name;

    /// <inheritdoc/>
    public override int ValuesPerCiphertext => Encryption.ValuesPerCiphertext;

    /// <inheritdoc/>
    public override double Capacity => Encryption.Capacity;

    /// <inheritdoc/>
    public override string Encoding
        => string.Create(CultureInfo.InvariantCulture, $"{Encryption.Encoding}, opened by {Threshold} of {Parties} parties");

    /// <inheritdoc/>
    public override SecurityLevel SecurityLevel => Encryption.SecurityLevel;

    /// <summary>The noise of a partial decryption.</summary>
    internal ThresholdFlooding Flooding => _budget.Flooding;

    /// <summary>The largest noise of an opened sum, as a fraction of the modulus in units of 2^-64.</summary>
    internal ulong LargestDistance => _budget.LargestDistance;

    /// <summary>Whether every party is needed, so that the key is a plain sum.</summary>
    internal bool NeedsAll => Threshold == Parties;

    /// <summary>Finds the parameters with the most values in a coefficient that meet requirements.</summary>
    /// <param name="requirements">The requirements.</param>
    /// <exception cref="ArgumentException">A requirement is out of range.</exception>
    /// <exception cref="HeParameterException">
    /// Not even one value fits a coefficient beside the noise, or the degree does not reach the security level.
    /// </exception>
    public static ThresholdParameters Plan(ThresholdRequirements requirements)
    {
        ArgumentNullException.ThrowIfNull(requirements);
        if (!AreInRange(requirements.Parties, requirements.Threshold, requirements.StatisticalSecurity, requirements.Openings))
        {
            throw Throw.ThresholdRequirementOutOfRange(nameof(requirements));
        }

        // The plan without flooding is checked as any other, and then makes room for flooding.
        CkksParameters widest = CkksParameters.Create(new CkksParametersLiteral
        {
            Degree = requirements.Degree,
            LogModuli = LogModuli,
            Packing = CkksPacking.ExactIntegers,
            LogScale = requirements.PrecisionBits - 1,
            LargestTotalWeight = requirements.LargestTotalWeight,
            Traffic = CkksTraffic.PublicKey,
            MinimumSecurity = requirements.MinimumSecurity,
        });
        for (int fields = widest.ExactIntegers!.Fields; fields > 0; fields--)
        {
            var exact = new CkksExactIntegers(
                requirements.PrecisionBits, requirements.LargestTotalWeight, CkksTraffic.PublicKey, fields);
            var encryption = new CkksParameters(
                widest.Degree, widest.Moduli, CkksPacking.ExactIntegers, widest.LogScale, depth: 0, exact);
            ThresholdParameters? parameters = Create(
                encryption, requirements.Parties, requirements.Threshold, requirements.StatisticalSecurity, requirements.Openings);
            if (parameters is not null)
            {
                return parameters;
            }
        }

        throw Throw.NoThresholdPlan();
    }

    /// <summary>Reads and validates parameters that <see cref="HeParameters.WriteTo"/> wrote.</summary>
    /// <param name="source">The bytes of exactly one parameter set.</param>
    /// <exception cref="HeFormatException">The bytes are malformed.</exception>
    /// <exception cref="HeParameterException">The bytes are well formed, but the parameters are not acceptable.</exception>
    public static ThresholdParameters Read(ReadOnlySpan<byte> source)
    {
        const string What = "threshold parameter set";
        const int MaxBytes = 2048;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Parameters, Digest.None, MaxBytes);
        reader.Require(reader.ReadString(maxBytes: 32) == Name, FormatError.WrongKind);
        int parties = reader.ReadByte();
        int threshold = reader.ReadByte();
        int statisticalSecurity = reader.ReadByte();
        long openings = reader.ReadInt64();
        ReadOnlySpan<byte> encryptionBytes = reader.ReadBytesWithLength();
        reader.Require(AreInRange(parties, threshold, statisticalSecurity, openings), FormatError.FieldOutOfRange);
        reader.ExpectEnd();
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, What);
        }

        CkksParameters encryption = CkksParameters.Read(encryptionBytes);
        bool isPlanned = encryption.ExactIntegers is { Traffic: CkksTraffic.PublicKey } && encryption.Moduli.Length == LogModuli.Length;
        return (isPlanned ? Create(encryption, parties, threshold, statisticalSecurity, openings) : null) ?? throw Throw.NoThresholdPlan();
    }

    /// <inheritdoc/>
    protected override void WritePayload(WireWriter writer)
    {
        var encryption = new ArrayBufferWriter<byte>();
        Encryption.WriteTo(encryption);
        writer.WriteString(SchemeName);
        writer.WriteByte((byte)Parties);
        writer.WriteByte((byte)Threshold);
        writer.WriteByte((byte)StatisticalSecurity);
        writer.WriteInt64(Openings);
        writer.WriteBytesWithLength(encryption.WrittenSpan);
    }

    private static ThresholdParameters? Create(
        CkksParameters encryption, int parties, int threshold, int statisticalSecurity, long openings)
    {
        ThresholdBudget? budget = ThresholdBudget.For(encryption, parties, threshold, statisticalSecurity, openings);
        return budget?.Holds(encryption.ExactIntegers!.LogPlaintextModulus) == true
            ? new ThresholdParameters(encryption, parties, threshold, statisticalSecurity, openings, budget)
            : null;
    }

    private static bool AreInRange(int parties, int threshold, int statisticalSecurity, long openings)
    {
        const int LeastStatisticalSecurity = 40;
        const int MostStatisticalSecurity = 80;
        return parties is >= 2 and <= ThresholdRequirements.MostParties
            && threshold >= 2 && threshold <= parties
            && statisticalSecurity is >= LeastStatisticalSecurity and <= MostStatisticalSecurity
            && openings is >= 1 and <= ThresholdRequirements.MostOpenings;
    }
}
