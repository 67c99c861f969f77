using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.KeyAdditive.Encryption;

/// <summary>A range encryption is what one thread needs to encrypt ciphertexts of a vector, one after the other.</summary>
internal sealed class RangeEncryption : IDisposable
{
    private readonly RoundKey _key;
    private readonly int _position;
    private readonly PackedCoefficients _packed;
    private readonly int _valuesPerCiphertext;
    private readonly SecretStream? _stream;
    private readonly PublicPolynomials? _polynomials;
    private readonly KeyAdditiveWorkspace? _workspace;

    /// <summary>Takes what a thread needs.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="key">The round key.</param>
    /// <param name="secrets">The randomness of the vector's errors.</param>
    /// <param name="position">The index in the upload of the vector's first ciphertext.</param>
    /// <param name="packed">Receives the ciphertexts.</param>
    public RangeEncryption(KeyAdditiveRing ring, RoundKey key, SecretStreams secrets, int position, PackedCoefficients packed)
    {
        (_key, _position, _packed, _valuesPerCiphertext) = (key, position, packed, ring.Parameters.ValuesPerCiphertext);
        try
        {
            _stream = secrets.Open();
            _polynomials = new PublicPolynomials(key.PublicSeed, ring.Modulus);
            _workspace = ring.Workspaces.Rent();
        }
        catch
        {
            // Nobody else can: the object never comes to be.
            Dispose();
            throw;
        }
    }

    /// <summary>Room for the values of one ciphertext.</summary>
    public Span<double> Values => _workspace!.Values.Span[.._valuesPerCiphertext];

    /// <summary>Encrypts the values of a ciphertext, as many as it holds.</summary>
    public void Encrypt(int ciphertext, ReadOnlySpan<double> values)
    {
        _stream!.MoveTo(ciphertext);
        new SecretSampler(_stream).Error(_workspace!.Error); // e
        _key.Polynomial.Mask.Encrypt(_polynomials!, _position + ciphertext, values, _workspace, _packed.Room(ciphertext));
    }

    /// <summary>Zeroes everything secret.</summary>
    public void Dispose()
    {
        _workspace?.Dispose();
        _polynomials?.Dispose();
        _stream?.Dispose();
    }
}
