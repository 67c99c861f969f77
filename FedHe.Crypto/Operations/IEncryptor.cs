using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>An encryptor encrypts vectors of real numbers under one key. It is thread-safe.</summary>
/// <remarks>Source: FedML-HE, Table 3, <c>enc</c>.</remarks>
public interface IEncryptor
{
    /// <summary>The parameters of the vectors that the encryptor makes.</summary>
    HeParameters Parameters { get; }

    /// <summary>The identity of the key that the vectors are encrypted under.</summary>
    KeyId KeyId { get; }

    /// <summary>The form of fresh vectors: seeded under a secret key if the scheme has seeds, otherwise full.</summary>
    VectorForm Form { get; }

    /// <summary>Computes the bound of a fresh vector.</summary>
    /// <param name="maxAbs">Largest magnitude of a value; positive and finite.</param>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    VectorBound FreshBound(double maxAbs);

    /// <summary>Encrypts values with fresh randomness into a vector that the caller disposes.</summary>
    /// <param name="values">The values, at least one; the span is not kept.</param>
    /// <param name="maxAbs">
    /// The declared bound on their magnitude. It is public, and travels with the vector, rounded up to single precision.
    /// </param>
    /// <exception cref="ArgumentException">There are no values, or the bound is not positive and finite.</exception>
    /// <exception cref="HeValueException">A value is NaN, infinite or outside the bound.</exception>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    /// <exception cref="ObjectDisposedException">The secret key was disposed.</exception>
    EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs);

    /// <inheritdoc cref="Encrypt(ReadOnlySpan{float}, double)"/>
    EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs);

    /// <summary>
    /// Encrypts values with fresh randomness, the public part of which also depends on public bytes, so that it is new wherever
    /// these are.
    /// </summary>
    /// <param name="values">The values, at least one; the span is not kept.</param>
    /// <param name="maxAbs">The declared bound on their magnitude, which is public.</param>
    /// <param name="publicContext">
    /// Public bytes that set this vector apart from others. The values, and anything computed from them without a key, must not be
    /// among them, because an observer could test guesses of the values.
    /// </param>
    /// <remarks>A scheme whose public randomness, such as seeds, is not of its own choice, or that has none, leaves the bytes out.</remarks>
    /// <exception cref="ArgumentException">There are no values, or the bound is not positive and finite.</exception>
    /// <exception cref="HeValueException">A value is NaN, infinite or outside the bound.</exception>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    /// <exception cref="ObjectDisposedException">The secret key was disposed.</exception>
    EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs, ReadOnlySpan<byte> publicContext) => Encrypt(values, maxAbs);
}
