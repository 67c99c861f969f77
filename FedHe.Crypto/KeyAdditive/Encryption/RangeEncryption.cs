using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.KeyAdditive.Encryption;

/// <summary>A range encryption is what one thread needs to encrypt ciphertexts of a vector, one after the other.</summary>
/// <param name="ring">The ring.</param>
/// <param name="key">The round key.</param>
/// <param name="secrets">The randomness of the vector's errors.</param>
/// <param name="position">The index of the vector's first ciphertext among those of the upload.</param>
/// <param name="packed">Receives the ciphertexts.</param>
internal sealed class RangeEncryption(
    KeyAdditiveRing ring, RoundKey key, SecretStreams secrets, int position, PackedCoefficients packed) : IDisposable
{
    private readonly SecretStream _stream = secrets.Open();
    private readonly PublicPolynomials _polynomials = new(key.PublicSeed, ring.Modulus);
    private readonly KeyAdditiveWorkspace _workspace = ring.Workspaces.Rent();

    /// <summary>Room for the values of one ciphertext.</summary>
    public Span<double> Values => _workspace.Values.Span[..ring.Parameters.ValuesPerCiphertext];

    /// <summary>Encrypts the values of a ciphertext, as many as it holds.</summary>
    public void Encrypt(int ciphertext, ReadOnlySpan<double> values)
    {
        _stream.MoveTo(ciphertext);
        new SecretSampler(_stream).Error(_workspace.Error); // e
        key.Polynomial.Mask.Encrypt(_polynomials, position + ciphertext, values, _workspace, packed.Room(ciphertext));
    }

    /// <summary>Zeroes everything secret.</summary>
    public void Dispose()
    {
        _workspace.Dispose();
        _polynomials.Dispose();
        _stream.Dispose();
    }
}
