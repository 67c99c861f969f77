using FedHe.Crypto.Authoring;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// The Paillier scheme is the additively homomorphic encryption of Paillier with the randomness of Damgard, Jurik and
/// Nielsen, many values in each ciphertext. It gives exact sums and positive integer weights under an assumption about
/// factoring.
/// </summary>
/// <remarks>
/// <para>
/// The scheme is IND-CPA secure under decisional composite residuosity, and the assumption that powers to exponents of
/// half length cannot be told from others. It is not secure against a quantum computer: use CKKS where confidentiality
/// must last. It is also larger and slower than CKKS. Use it for few values, or for exact integers under a long-studied
/// assumption.
/// </para>
/// Source: Paillier, EUROCRYPT 1999; Damgard, Jurik and Nielsen, International Journal of Information Security 9 (2010).
/// </remarks>
public sealed class PaillierScheme : IHeScheme
{
    private readonly PaillierOptions _options;

    /// <summary>Creates the scheme with the given options.</summary>
    /// <param name="options">Options of all contexts, or null for <see cref="PaillierOptions.Default"/>.</param>
    public PaillierScheme(PaillierOptions? options = null) => _options = options ?? PaillierOptions.Default;

    /// <inheritdoc/>
    public string Name => PaillierParameters.Name;

    /// <inheritdoc/>
    public HeCapabilities Capabilities => HeCapabilities.PublicKeyEncryption;

    /// <inheritdoc/>
    public HeParameters DefaultParameters => PaillierParameters.Default;

    /// <inheritdoc/>
    public HeContext CreateContext(HeParameters? parameters = null, HeContextOptions? options = null)
        => new PaillierContext(
            ParametersGuard.Check<PaillierParameters>(parameters ?? DefaultParameters, PaillierParameters.Name),
            _options,
            RandomSource.System.For((options ?? HeContextOptions.Default).RandomnessSecret.Span),
            options);

    /// <inheritdoc/>
    public HeParameters ReadParameters(ReadOnlySpan<byte> source) => PaillierParameters.Read(source);
}
