using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// The CKKS scheme is the approximate homomorphic encryption of Cheon, Kim, Kim and Song in managed code: additions,
/// positive integer weights, and one plaintext-scalar product under parameters of depth 1. With
/// <see cref="CkksPacking.ExactIntegers"/> sums are exact.
/// </summary>
/// <remarks>
/// The scheme is IND-CPA secure under ring-LWE. Decrypted values carry noise that depends on the secret key: see
/// <see cref="IDecryptor.DecryptPublic"/> and SECURITY.md before giving them to anyone else.
/// Source: Cheon, Kim, Kim and Song, "Homomorphic Encryption for Arithmetic of Approximate Numbers", ASIACRYPT 2017.
/// </remarks>
/// <example>
/// <code>
/// using HeContext he = new CkksScheme().CreateContext(CkksParameters.ForTotalWeight(1000));
/// using KeyPair keys = he.GenerateKeyPair();
/// double[] values = [0.5, -1];
/// using EncryptedVector vector = he.CreateEncryptor(keys.PublicKey).Encrypt(values, maxAbs: 1);
/// using IAccumulator accumulator = he.Public.Evaluator.CreateAccumulator(values.Length);
/// accumulator.Add(vector, weight: 600);
/// using EncryptedVector sum = accumulator.Complete();
/// </code>
/// </example>
public sealed class CkksScheme : IHeScheme
{
    /// <inheritdoc/>
    public string Name => CkksParameters.Name;

    /// <inheritdoc/>
    public HeCapabilities Capabilities =>
        HeCapabilities.PublicKeyEncryption | HeCapabilities.SeededEncryption;

    /// <inheritdoc/>
    public HeParameters DefaultParameters => CkksParameters.Aggregation;

    /// <inheritdoc/>
    public HeContext CreateContext(HeParameters? parameters = null, HeContextOptions? options = null)
        => new CkksContext(
            ParametersGuard.Check<CkksParameters>(parameters ?? DefaultParameters, Name),
            RandomSource.System.For((options ?? HeContextOptions.Default).RandomnessSecret.Span),
            options);

    /// <inheritdoc/>
    public HeParameters ReadParameters(ReadOnlySpan<byte> source) => CkksParameters.Read(source);
}
