using System.Buffers;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Plain;

/// <summary>
/// The insecure plain scheme encrypts nothing: everyone who sees a vector sees the model. It serves debugging, and the
/// conformance suite as an oracle.
/// </summary>
/// <remarks>Vectors are exact fixed-point integers in clear behind the contracts of a scheme.</remarks>
public sealed class InsecurePlainScheme : IHeScheme
{
    /// <inheritdoc/>
    public string Name => InsecurePlainParameters.Name;

    /// <inheritdoc/>
    public HeCapabilities Capabilities => HeCapabilities.PublicKeyEncryption;

    /// <inheritdoc/>
    public HeParameters DefaultParameters => InsecurePlainParameters.Default;

    /// <inheritdoc/>
    public HeContext CreateContext(HeParameters? parameters = null, HeContextOptions? options = null)
        => new PlainContext(ParametersGuard.Check<InsecurePlainParameters>(parameters ?? DefaultParameters, InsecurePlainParameters.Name));

    /// <inheritdoc/>
    public HeParameters ReadParameters(ReadOnlySpan<byte> source)
    {
        // The scheme has a single parameter set, so the only valid bytes are its own.
        var expected = new ArrayBufferWriter<byte>();
        InsecurePlainParameters.Default.WriteTo(expected);
        return source.SequenceEqual(expected.WrittenSpan)
            ? InsecurePlainParameters.Default
            : throw new HeFormatException(FormatError.Inconsistent, "plain-insecure parameter set");
    }
}
