using FedHe.Crypto;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.TestKit.Toy;

/// <summary>
/// The toy scheme adds to every value a mask that anyone can compute from the key's public name, and so protects nothing.
/// </summary>
/// <remarks>
/// The scheme is written against the public surface of FedHe.Crypto alone, and shows authors of schemes what a scheme takes.
/// </remarks>
public sealed class ToyScheme : IHeScheme
{
    internal const string SchemeName = "toy-insecure";

    /// <inheritdoc/>
    public string Name => SchemeName;

    /// <inheritdoc/>
    public HeCapabilities Capabilities => HeCapabilities.PublicKeyEncryption;

    /// <inheritdoc/>
    public HeParameters DefaultParameters => ToyParameters.Default;

    /// <inheritdoc/>
    public HeContext CreateContext(HeParameters? parameters = null, HeContextOptions? options = null)
        => new ToyContext(ParametersGuard.Check<ToyParameters>(parameters ?? DefaultParameters, SchemeName));

    /// <inheritdoc/>
    public HeParameters ReadParameters(ReadOnlySpan<byte> source)
    {
        const string What = "parameters";
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Parameters, default, source.Length);
        reader.Require(reader.ReadString(maxBytes: 32) == SchemeName, FormatError.WrongKind);
        reader.ExpectEnd();
        return reader.Failed ? throw new HeFormatException(reader.Error, What) : ToyParameters.Default;
    }
}
