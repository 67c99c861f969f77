using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>An encryptor encrypts vectors of real numbers under one key. Thread-safe.</summary>
/// <remarks>Source: FedML-HE, Table 3, <c>enc</c>.</remarks>
public interface IEncryptor
{
    /// <summary>Parameters of the vectors this encryptor makes.</summary>
    HeParameters Parameters { get; }

    /// <summary>The key the vectors are encrypted under.</summary>
    KeyId KeyId { get; }

    /// <summary>The form of the vectors: seeded for secret-key encryption where the scheme can, else full.</summary>
    VectorForm Form { get; }

    /// <summary>The bound that a fresh vector of this encryptor carries.</summary>
    /// <param name="maxAbs">Largest magnitude of a value; positive and finite.</param>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    VectorBound FreshBound(double maxAbs);

    /// <summary>Encrypts values with fresh randomness.</summary>
    /// <param name="values">The values, at least one; the span is not kept.</param>
    /// <param name="maxAbs">
    /// Declared bound on their magnitude; public, it travels with the vector, rounded up to single precision.
    /// </param>
    /// <exception cref="ArgumentException">There are no values, or the bound is not positive and finite.</exception>
    /// <exception cref="HeValueException">A value is NaN, infinite or outside the bound.</exception>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    /// <exception cref="ObjectDisposedException">The secret key was disposed.</exception>
    EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs);

    /// <inheritdoc cref="Encrypt(ReadOnlySpan{float}, double)"/>
    EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs);
}
