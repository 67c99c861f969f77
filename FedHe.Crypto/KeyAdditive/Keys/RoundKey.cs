using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.KeyAdditive.Keys;

/// <summary>
/// A round key encrypts the vectors of one upload, and nothing afterwards. Its coefficients are centered binomial, at
/// most <see cref="LargestCoefficient"/> in magnitude.
/// </summary>
/// <remarks>
/// The sum of all round keys of an attempt opens the sum of its uploads, so a round key must be fresh for every upload,
/// also for an upload that is repeated. A party that learns a single round key opens its upload: encrypt the key for a sum
/// under the job's additively homomorphic scheme, and dispose it.
/// </remarks>
public sealed class RoundKey : SecretKey
{
    /// <summary>The largest magnitude of a coefficient: 21.</summary>
    public const int LargestCoefficient = NoiseKernel.BinomialMax;

    private readonly KeyPolynomial _polynomial;
    private readonly byte[] _digest = SecretMemory.Allocate<byte>(SHA256.HashSizeInBytes);
    private bool _hasEncryptor;

    private RoundKey(KeyAdditiveRing ring, Digest publicSeed, ReadOnlySpan<long> coefficients, bool isOfPlaintext)
        : base(ring.Parameters.Id, ring.Parameters.KeyIdOf(publicSeed), SecretKeyExportPolicy.None)
    {
        PublicSeed = publicSeed;
        IsOfPlaintext = isOfPlaintext;
        _polynomial = new KeyPolynomial(ring, coefficients);
        SHA256.HashData(UniversalHashKernel.BytesOf(coefficients), _digest);
    }

    /// <summary>The public seed of the attempt that the key is for.</summary>
    public Digest PublicSeed { get; }

    /// <summary>The number N of coefficients.</summary>
    public int Length => _polynomial.Coefficients.Length;

    /// <summary>Whether the key depends on everything that it encrypts.</summary>
    internal bool IsOfPlaintext { get; }

    /// <summary>The digest of the coefficients, which is as secret as they are.</summary>
    internal ReadOnlySpan<byte> CoefficientDigest => _digest;

    internal KeyPolynomial Polynomial => _polynomial;

    /// <inheritdoc/>
    protected override int MaterialLength => sizeof(long) * Length;

    /// <summary>Copies the coefficients for their encryption or sharing. The caller zeroes the copy.</summary>
    /// <param name="destination">Receives <see cref="Length"/> integers.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void CopyCoefficientsTo(Span<long> destination)
    {
        if (destination.Length != Length)
        {
            throw new ArgumentException($"A round key has {Length} coefficients.", nameof(destination));
        }

        using SecretKeyUse use = Use();
        _polynomial.Coefficients.CopyTo(destination);
    }

    /// <summary>Draws a fresh key.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="publicSeed">The public seed of the attempt.</param>
    /// <param name="random">The randomness of the key.</param>
    /// <param name="isOfPlaintext">Whether the randomness depends on everything that the key will encrypt.</param>
    internal static RoundKey Generate(KeyAdditiveRing ring, Digest publicSeed, RandomSource random, bool isOfPlaintext = false)
    {
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        new SecretSampler(random).Error(workspace.Error);
        Span<sbyte> small = workspace.Error;
        Span<long> coefficients = workspace.Coefficients;
        for (int i = 0; i < coefficients.Length; i++)
        {
            coefficients[i] = small[i];
        }

        return new RoundKey(ring, publicSeed, coefficients, isOfPlaintext);
    }

    /// <summary>Takes the only right to encrypt with the key, and returns false when the right is gone.</summary>
    internal bool TryTakeEncryptor() => !Interlocked.Exchange(ref _hasEncryptor, true);

    /// <inheritdoc/>
    protected override void CopyMaterial(Span<byte> destination) => _polynomial.CopyTo(destination);

    /// <inheritdoc/>
    protected override void ZeroMaterial()
    {
        _polynomial.Zero();
        SecretMemory.Zero<byte>(_digest);
    }
}
