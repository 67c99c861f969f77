using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Seal.Errors;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Seal;

/// <summary>
/// SEAL parameters are validated, immutable parameters of CKKS in Microsoft SEAL: SEAL's own parameters, a scale and a
/// depth.
/// </summary>
/// <remarks>Source: SEAL's EncryptionParameters and CoeffModulus; presets in docs/parameters.md.</remarks>
public sealed class SealParameters : HeParameters
{
    internal const int MaxLogModulus = SealEncryptionParameters.MaxPrimeBits;

    private const int MinLogModulus = 14;
    private const int MinLogScale = 14;
    private const int MaxLogScale = 52;

    // Room for one value of magnitude 1 beside the noise of a fresh vector.
    private const double LeastCapacity = 1 + (1.0 / 256);

    private SealParameters(SealEncryptionParameters encryption, int logScale, int depth)
    {
        Encryption = encryption;
        LogScale = logScale;
        Depth = depth;
        Capacity = CkksParameters.CapacityOf(encryption.DataModuli, depth, logScale);
        SecurityLevel = LevelOf(encryption);
    }

    /// <summary>
    /// The setting of the paper, as near as SEAL comes to it: N = 8192, 4096 slots, 52 fractional bits, multiplicative
    /// depth 1 and 128-bit security. It has four 50-bit primes, of which one is special and one is spent by a rescale.
    /// </summary>
    /// <remarks>Source: FedML-HE, section 4.1, "Default Crypto Parameters".</remarks>
    public static SealParameters PaperDefault { get; } = Create(new SealParametersLiteral
    {
        Degree = 8192,
        LogModuli = [50, 50, 50, 50],
        LogScale = 52,
        Depth = 1,
    });

    /// <summary>
    /// The default setting of NVIDIA FLARE: N = 8192, primes of 60, 40 and 40 bits, scale 2^40, and one level to spend.
    /// </summary>
    /// <remarks>Source: NVIDIA FLARE, the defaults of its HEBuilder.</remarks>
    public static SealParameters NvidiaFlare { get; } = Create(new SealParametersLiteral
    {
        Degree = 8192,
        LogModuli = [60, 40, 40],
        LogScale = 40,
        Depth = 1,
    });

    /// <inheritdoc/>
    public override string SchemeName => SealScheme.SchemeName;

    /// <summary>The parameters as SEAL has them: ring degree and primes.</summary>
    public SealEncryptionParameters Encryption { get; }

    /// <summary>The ring degree N.</summary>
    public int Degree => Encryption.Degree;

    /// <summary>The primes of fresh ciphertexts, the last of which rescaling spends.</summary>
    public ImmutableArray<ulong> Moduli => Encryption.DataModuli;

    /// <summary>The number of fractional bits of the encoding, 14 to 52; the scale is exactly 2 to this power.</summary>
    public int LogScale { get; }

    /// <summary>The multiplicative depth, 0 or 1.</summary>
    public int Depth { get; }

    /// <inheritdoc/>
    public override string Encoding
        => string.Create(
            CultureInfo.InvariantCulture,
            $"{ValuesPerCiphertext} slots, {LogScale} fractional bits, in Microsoft SEAL");

    /// <inheritdoc/>
    public override SecurityLevel SecurityLevel { get; }

    /// <inheritdoc/>
    public override int ValuesPerCiphertext => Degree / 2;

    /// <summary>
    /// The exclusive limit of magnitude plus error, in units of values: half of the modulus that remains after every
    /// rescale, divided by the scale.
    /// </summary>
    public override double Capacity { get; }

    internal double Scale => Math.ScaleB(1, LogScale);

    /// <summary>Validates a description and creates its parameters.</summary>
    /// <exception cref="HeParameterException">
    /// The description is not acceptable; the exception names the reason.
    /// </exception>
    public static SealParameters Create(SealParametersLiteral literal)
    {
        ArgumentNullException.ThrowIfNull(literal);
        if (!literal.LogModuli.IsDefault && literal.LogModuli.Any(bits => bits is < MinLogModulus or > MaxLogModulus))
        {
            throw new HeParameterException(
                ParameterError.ModulusSizeNotSupported,
                $"Every prime of the modulus needs between {MinLogModulus} and {MaxLogModulus} bits.");
        }

        var encryption = SealEncryptionParameters.Create(literal.Degree, literal.LogModuli);
        ParameterError reason = Validate(encryption, literal.LogScale, literal.Depth, literal.MinimumSecurity);
        return reason == ParameterError.None
            ? new SealParameters(encryption, literal.LogScale, literal.Depth)
            : throw SealThrow.ParametersRefused(reason);
    }

    /// <summary>Validates a description, and names the reason of a refusal without throwing.</summary>
    /// <param name="literal">The description.</param>
    /// <param name="parameters">The parameters, or null.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="ParameterError.None"/>.</param>
    /// <returns>Whether the description is acceptable.</returns>
    public static bool TryCreate(
        SealParametersLiteral literal, [NotNullWhen(true)] out SealParameters? parameters, out ParameterError reason)
    {
        try
        {
            parameters = Create(literal);
            reason = ParameterError.None;
            return true;
        }
        catch (HeParameterException refusal)
        {
            parameters = null;
            reason = refusal.Error;
            return false;
        }
    }

    /// <summary>
    /// Creates the parameters with which <see cref="CkksScheme"/> computes on the same ciphertexts, in managed code.
    /// </summary>
    /// <exception cref="HeParameterException">A prime has more than 50 bits.</exception>
    public CkksParameters ToCkksParameters() => Encryption.ToCkksParameters(LogScale, Depth);

    internal static SealParameters Read(ReadOnlySpan<byte> source)
    {
        const string What = "SEAL parameter set";
        const int MaxBytes = 4096;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Parameters, Digest.None, MaxBytes);
        reader.Require(reader.ReadString(maxBytes: 32) == SealScheme.SchemeName, FormatError.WrongKind);
        int logScale = reader.ReadByte();
        int depth = reader.ReadByte();
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, What);
        }

        SealEncryptionParameters encryption = SealEncryptionParameters.Read(reader.ReadBytes(reader.Remaining));
        ParameterError reason = Validate(encryption, logScale, depth, SecurityLevel.Bits128);
        if (reason != ParameterError.None)
        {
            throw SealThrow.ParametersRefused(reason);
        }

        var parameters = new SealParameters(encryption, logScale, depth);
        var canonical = new ArrayBufferWriter<byte>();
        parameters.WriteTo(canonical);
        return canonical.WrittenSpan.SequenceEqual(source)
            ? parameters
            : throw new HeFormatException(FormatError.Inconsistent, What);
    }

    /// <inheritdoc/>
    protected override void WritePayload(WireWriter writer)
    {
        writer.WriteString(SchemeName);
        writer.WriteByte((byte)LogScale);
        writer.WriteByte((byte)Depth);
        var file = new ArrayBufferWriter<byte>();
        Encryption.WriteTo(file);
        writer.WriteBytes(file.WrittenSpan);
    }

    private static SecurityLevel LevelOf(SealEncryptionParameters encryption)
        => SecurityTable.LevelOf(encryption.Degree, CkksParameters.LogModulusOf(encryption.CoeffModulus));

    private static ParameterError Validate(
        SealEncryptionParameters encryption, int logScale, int depth, SecurityLevel minimumSecurity)
    {
        if (logScale is < MinLogScale or > MaxLogScale)
        {
            return ParameterError.ScaleNotSupported;
        }

        if (depth is < 0 or > 1 || encryption.DataPrimeCount <= depth)
        {
            return ParameterError.DepthNotSupported;
        }

        if (CkksParameters.CapacityOf(encryption.DataModuli, depth, logScale) <= LeastCapacity)
        {
            return ParameterError.ScaleExceedsModulus;
        }

        // No description can lower the requirement below 128 bits.
        SecurityLevel required = minimumSecurity > SecurityLevel.Bits128 ? minimumSecurity : SecurityLevel.Bits128;
        return LevelOf(encryption) >= required ? ParameterError.None : ParameterError.SecurityBelowRequired;
    }
}
