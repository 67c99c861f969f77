using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>Adds encrypted vectors. Needs no key and leads to none: this is what a server is given. Thread-safe.</summary>
/// <remarks>Source: FedML-HE, Table 3, <c>he_aggregate</c>.</remarks>
public interface IAdditiveEvaluator
{
    /// <summary>Parameters of the vectors this evaluator adds.</summary>
    HeParameters Parameters { get; }

    /// <summary>Adds two distinct encryptions of the same length.</summary>
    /// <exception cref="HeMismatchException">Parameters, key, length or level differ.</exception>
    /// <exception cref="HeCapacityException">The sum might not fit the modulus.</exception>
    EncryptedVector Add(EncryptedVector left, EncryptedVector right);

    /// <summary>Creates an empty sum for vectors of the given length.</summary>
    /// <param name="length">Number of values, at least one.</param>
    IEncryptedAccumulator CreateAccumulator(int length);
}
