using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>
/// Key-additive parameters describe the encryption of uploads under keys that live for one upload, planned for the
/// largest number of uploads in a sum.
/// </summary>
/// <remarks>
/// A sum of c_i = e_i + m_i - a*s_i opens with the sum of the keys s_i and nothing else. Source: key-additive homomorphic
/// encryption (KAHE) as in Bell-Clark et al., "Willow: Secure Aggregation with One-Shot Clients", ePrint 2024/936, under
/// the ring learning-with-errors assumption; docs/parameters.md derives every figure.
/// </remarks>
/// <example>
/// <code>
/// var parameters = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(MaxContributors: 10, PrecisionBits: 24));
/// int bitsPerValue = parameters.KeptBits; // 26
/// </code>
/// </example>
public sealed class KeyAdditiveParameters : HeParameters
{
    /// <summary>The name of key-additive encryption.</summary>
    public const string Name = "key-additive";

    private KeyAdditiveParameters(
        int degree,
        ulong modulus,
        int keptBits,
        int maxContributors,
        KeyAdditiveEncoding valueEncoding,
        int fields,
        long scale)
    {
        Degree = degree;
        Modulus = modulus;
        KeptBits = keptBits;
        MaxContributors = maxContributors;
        ValueEncoding = valueEncoding;
        Fields = fields;
        Scale = scale;
    }

    /// <inheritdoc/>
    public override string SchemeName => Name;

    /// <summary>The degree N of the ring, 2048 or 4096, and the number of coefficients of a round key.</summary>
    public int Degree { get; }

    /// <summary>The modulus q, a prime of at most 50 bits that is 1 modulo 2N.</summary>
    public ulong Modulus { get; }

    /// <summary>The number k of bits of a coefficient that an upload sends.</summary>
    public int KeptBits { get; }

    /// <summary>The number t of low bits of a coefficient that an upload leaves out.</summary>
    public int DroppedBits => BitOperations.Log2(Modulus) + 1 - KeptBits;

    /// <summary>The largest number n of uploads in a sum.</summary>
    public int MaxContributors { get; }

    /// <summary>The encoding of values.</summary>
    public KeyAdditiveEncoding ValueEncoding { get; }

    /// <summary>The number of values in each coefficient; 1 with <see cref="KeyAdditiveEncoding.FixedPoint"/>.</summary>
    public int Fields { get; }

    /// <summary>
    /// The integer that a value of 1 becomes: D with <see cref="KeyAdditiveEncoding.FixedPoint"/>, 2^(b-1) for b bits
    /// with <see cref="KeyAdditiveEncoding.ExactIntegers"/>.
    /// </summary>
    public long Scale { get; }

    /// <inheritdoc/>
    public override int ValuesPerCiphertext => Degree * Fields;

    /// <inheritdoc/>
    public override double Capacity => ValueEncoding == KeyAdditiveEncoding.ExactIntegers
        ? Sums.Capacity
        : ((Modulus / 2) - Halfway) / Scale;

    /// <inheritdoc/>
    public override string Encoding => ValueEncoding == KeyAdditiveEncoding.ExactIntegers
        ? $"key-additive, exact {Sums.PrecisionBits}-bit integers, {Fields} per coefficient"
        : "key-additive, one value per coefficient";

    /// <summary>
    /// The security level of one upload after the sum of the round keys is known, with at least two honest contributors.
    /// </summary>
    public override SecurityLevel SecurityLevel => KeyAdditiveSecurity.LevelOf(Degree, KeptBits + DroppedBits);

    /// <summary>The noise of one upload.</summary>
    internal KeyAdditiveNoise Noise => new(DroppedBits);

    /// <summary>The bound of one upload of values in [-1, 1].</summary>
    internal VectorBound FreshBound
    {
        get
        {
            double step = 1.0 / Scale;
            VectorBound bound = ValueEncoding == KeyAdditiveEncoding.ExactIntegers
                ? new VectorBound(1, Sums.Rounding, 0, 0)
                : new VectorBound(
                    1,
                    (KeyAdditiveNoise.EncodingError * step) + KeyAdditiveNoise.DecodingError,
                    Noise.Max * step,
                    Noise.Variance * step * step);
            return bound.RoundUp();
        }
    }

    /// <summary>The bits of the integers in exact sums.</summary>
    internal ExactSums Sums => new(BitOperations.Log2((ulong)Scale) + 1, MaxContributors);

    // An odd number of uploads leaves out a mean that ends in one half, which is added after centering.
    private const double Halfway = 0.5;

    // The kernel that reduces restored sums takes numbers in (-2^62, 2^62).
    private const int MaxLogRestored = 62;

    /// <summary>Finds the smallest parameters that meet requirements: the smallest upload, then the smallest modulus.</summary>
    /// <exception cref="ArgumentException">A requirement is out of range.</exception>
    /// <exception cref="HeParameterException">No parameters meet the requirements.</exception>
    public static KeyAdditiveParameters Plan(KeyAdditiveRequirements requirements)
    {
        ArgumentNullException.ThrowIfNull(requirements);
        ArgumentOutOfRangeException.ThrowIfLessThan(requirements.MaxContributors, 2, nameof(requirements));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            requirements.MaxContributors, KeyAdditiveRequirements.LargestContributors, nameof(requirements));
        ArgumentOutOfRangeException.ThrowIfLessThan(
            requirements.PrecisionBits, KeyAdditiveRequirements.LeastPrecisionBits, nameof(requirements));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            requirements.PrecisionBits, KeyAdditiveRequirements.LargestPrecisionBits, nameof(requirements));
        double factorSum = requirements.LeastFactorSum ?? requirements.MaxContributors;
        if (!(factorSum > 0) || factorSum > requirements.MaxContributors)
        {
            throw new ArgumentException(
                "The least factor sum must be positive and at most the number of contributors.", nameof(requirements));
        }

        if (!Enum.IsDefined(requirements.Encoding) || !Enum.IsDefined(requirements.SecurityLevel)
            || requirements.SecurityLevel < SecurityLevel.Bits128)
        {
            throw new ArgumentException(
                "The encoding must be one of the defined ones, and the security level 128 bits or more.", nameof(requirements));
        }

        return KeyAdditivePlanner.Plan(requirements) ?? throw Throw.NoKeyAdditivePlan();
    }

    /// <summary>Computes the key identity that all uploads of an attempt state.</summary>
    /// <param name="publicSeed">The public seed of the attempt.</param>
    public KeyId KeyIdOf(Digest publicSeed) => AttemptKeyId.Of(this, publicSeed);

    /// <summary>Reads and validates parameters that <see cref="HeParameters.WriteTo"/> wrote.</summary>
    /// <exception cref="HeFormatException">The bytes are malformed.</exception>
    /// <exception cref="HeParameterException">The bytes are well formed, but the parameters are not acceptable.</exception>
    public static KeyAdditiveParameters Read(ReadOnlySpan<byte> source)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Parameters, Digest.None, WireLimits.Default.MaxBytes);
        string scheme = reader.ReadString(maxBytes: byte.MaxValue);
        if (!reader.Failed && scheme != Name)
        {
            throw Throw.WrongScheme(Name);
        }

        int degree = reader.ReadInt32(1, int.MaxValue);
        ulong modulus = reader.ReadUInt64();
        int keptBits = reader.ReadByte();
        int maxContributors = reader.ReadInt32(2, KeyAdditiveRequirements.LargestContributors);
        var encoding = (KeyAdditiveEncoding)reader.ReadByte();
        int fields = reader.ReadByte();
        long scale = reader.ReadInt64(1, long.MaxValue);
        reader.Require(Enum.IsDefined(encoding), FormatError.FieldOutOfRange);
        reader.ExpectEnd();
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, "parameters");
        }

        return Restore(degree, modulus, keptBits, maxContributors, encoding, fields, scale) ?? throw Throw.NoKeyAdditivePlan();
    }

    /// <summary>
    /// Returns the parameters of fixed point with the largest scale for which a sum fits, or null where none fits.
    /// </summary>
    internal static KeyAdditiveParameters? FixedPoint(int degree, ulong modulus, int keptBits, int maxContributors)
    {
        int dropped = BitOperations.Log2(modulus) + 1 - keptBits;
        double room = (modulus / 2.0) - new KeyAdditiveNoise(dropped).BoundOfSum(maxContributors);
        long scale = (long)Math.Floor(room / maxContributors);

        // Bounds are rounded up, so that the largest scale of the formula may be a little too large.
        for (int i = 0; i < 16 && scale > 0; i++, scale -= 1 + (scale >> 12))
        {
            var candidate = new KeyAdditiveParameters(
                degree, modulus, keptBits, maxContributors, KeyAdditiveEncoding.FixedPoint, fields: 1, scale);
            if (candidate.HoldsItsSums())
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Returns the parameters of exact integers, or null where sums would not be exact.</summary>
    internal static KeyAdditiveParameters? ExactIntegers(
        int degree, ulong modulus, int keptBits, int maxContributors, int precisionBits, int fields)
    {
        var candidate = new KeyAdditiveParameters(
            degree, modulus, keptBits, maxContributors, KeyAdditiveEncoding.ExactIntegers, fields, 1L << (precisionBits - 1));
        return candidate.HoldsItsSums() ? candidate : null;
    }

    /// <summary>Computes the standard deviation of the average of uploads whose factors have a given sum.</summary>
    internal double DeviationOfAverage(double factorSum) => Noise.DeviationOfSum(MaxContributors) / (factorSum * Scale);

    /// <inheritdoc/>
    protected override void WritePayload(WireWriter writer)
    {
        writer.WriteString(SchemeName);
        writer.WriteInt32(Degree);
        writer.WriteUInt64(Modulus);
        writer.WriteByte((byte)KeptBits);
        writer.WriteInt32(MaxContributors);
        writer.WriteByte((byte)ValueEncoding);
        writer.WriteByte((byte)Fields);
        writer.WriteInt64(Scale);
    }

    private static KeyAdditiveParameters? Restore(
        int degree, ulong modulus, int keptBits, int maxContributors, KeyAdditiveEncoding encoding, int fields, long scale)
    {
        int bits = BitOperations.Log2(modulus) + 1;
        bool isRing = Array.IndexOf(KeyAdditiveSecurity.Degrees, degree) >= 0
            && bits <= 50 && modulus % (2 * (ulong)degree) == 1 && ModularArithmetic.IsPrime(modulus);
        bool isPlausible = isRing && keptBits >= 1 && keptBits <= bits
            && KeyAdditiveSecurity.LevelOf(degree, bits) != SecurityLevel.None
            && (encoding == KeyAdditiveEncoding.FixedPoint
                ? fields == 1
                : fields >= 1 && BitOperations.IsPow2(scale) && scale < 1L << KeyAdditiveRequirements.LargestPrecisionBits);
        if (!isPlausible)
        {
            return null;
        }

        var parameters = new KeyAdditiveParameters(degree, modulus, keptBits, maxContributors, encoding, fields, scale);
        return parameters.HoldsItsSums() ? parameters : null;
    }

    /// <summary>Tells whether a sum of the largest number of uploads is decoded rightly, and can be tagged.</summary>
    private bool HoldsItsSums()
    {
        // Opening restores the bits left out, to numbers below n*2^(k + t), and reduces numbers below 2^62.
        if (!KeyAdditivePlanner.IsSumTaggable(MaxContributors, KeptBits)
            || Math.ScaleB(MaxContributors, KeptBits + DroppedBits) > Math.ScaleB(1, MaxLogRestored))
        {
            return false;
        }

        if (ValueEncoding == KeyAdditiveEncoding.FixedPoint)
        {
            return VectorGuard.Fits(this, FreshBound.Scale(MaxContributors) with
            {
                NoiseVariance = FreshBound.NoiseVariance * MaxContributors,
            });
        }

        // Fields of T values are told apart while the noise stays below q/(2T); one unit is left for decoding.
        int logPlaintextModulus = Fields * Sums.FieldBits;
        return logPlaintextModulus <= 48
            && Noise.BoundOfSum(MaxContributors) + 1 < Math.ScaleB(Modulus, -logPlaintextModulus - 1);
    }
}
