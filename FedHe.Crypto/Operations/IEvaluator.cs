using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>
/// An evaluator adds encrypted vectors without any key, so that a server can have one. It is thread-safe.
/// </summary>
/// <remarks>Source: FedML-HE, Table 3, <c>he_aggregate</c>.</remarks>
public interface IEvaluator
{
    /// <summary>The parameters of the vectors that the evaluator adds.</summary>
    HeParameters Parameters { get; }

    /// <summary>Adds two distinct encrypted vectors of the same length.</summary>
    /// <exception cref="HeMismatchException">Parameters, key, length or level differ.</exception>
    /// <exception cref="HeCapacityException">The sum might not fit the modulus.</exception>
    EncryptedVector Add(EncryptedVector left, EncryptedVector right);

    /// <summary>Creates an empty accumulator for vectors of the given length.</summary>
    /// <param name="length">Number of values, at least one.</param>
    IAccumulator CreateAccumulator(int length);
}
