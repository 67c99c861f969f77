using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.KeyAdditive.Keys;

/// <summary>A sum of round keys opens the sum of their uploads, and no other sum.</summary>
/// <remarks>
/// The key is for the parties that may learn the sum. Opening two sums of which one has all uploads of the other would
/// reveal the difference, so a client opens at most one sum a round.
/// </remarks>
public sealed class RoundKeySum : SecretKey
{
    private readonly KeyPolynomial _polynomial;

    private RoundKeySum(KeyAdditiveRing ring, Digest publicSeed, int contributors, ReadOnlySpan<long> coefficients)
        : base(ring.Parameters.Id, ring.Parameters.KeyIdOf(publicSeed), SecretKeyExportPolicy.None)
    {
        PublicSeed = publicSeed;
        Contributors = contributors;
        _polynomial = new KeyPolynomial(ring, coefficients);
    }

    /// <summary>The public seed of the attempt.</summary>
    public Digest PublicSeed { get; }

    /// <summary>The number of round keys in the sum.</summary>
    public int Contributors { get; }

    /// <summary>The number N of coefficients.</summary>
    public int Length => _polynomial.Coefficients.Length;

    /// <summary>Copies the coefficients, for the verification of their tag; the caller zeroes the copy.</summary>
    /// <param name="destination">Receives <see cref="Length"/> integers.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void CopyCoefficientsTo(Span<int> destination)
    {
        if (destination.Length != Length)
        {
            throw new ArgumentException($"A sum of round keys has {Length} coefficients.", nameof(destination));
        }

        using SecretKeyUse use = Use();
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (int)_polynomial.Coefficients[i];
        }
    }

    internal KeyPolynomial Polynomial => _polynomial;

    /// <inheritdoc/>
    protected override int MaterialLength => sizeof(long) * _polynomial.Coefficients.Length;

    /// <summary>Makes a sum of its coefficients, and refuses coefficients that no sum of round keys has.</summary>
    internal static RoundKeySum Create(
        KeyAdditiveRing ring, Digest publicSeed, int contributors, ReadOnlySpan<long> coefficients)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contributors, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(contributors, ring.Parameters.MaxContributors);
        if (coefficients.Length != ring.Degree)
        {
            throw new ArgumentException($"A round key has {ring.Degree} coefficients.", nameof(coefficients));
        }

        long largest = (long)contributors * RoundKey.LargestCoefficient;
        long outside = 0;
        foreach (long coefficient in coefficients)
        {
            outside |= (largest - coefficient) | (largest + coefficient);
        }

        return outside >= 0
            ? new RoundKeySum(ring, publicSeed, contributors, coefficients)
            : throw Throw.NotASumOfRoundKeys();
    }

    /// <inheritdoc/>
    protected override void CopyMaterial(Span<byte> destination) => _polynomial.CopyTo(destination);

    /// <inheritdoc/>
    protected override void ZeroMaterial() => _polynomial.Zero();
}
