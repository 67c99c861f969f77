using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Ciphertexts;

/// <summary>A ciphertext range is the ciphertexts of a vector that encrypt a range of its values.</summary>
/// <param name="First">The index of the first ciphertext.</param>
/// <param name="Count">The number of ciphertexts.</param>
internal readonly record struct CiphertextRange(int First, int Count)
{
    // The values of a core, with the ciphertexts that they come from, stay in its second-level cache.
    private const int ValuesPerThread = 1 << 16;

    // The number of threads that a range has work for where there is one for each core.
    private const int UsualThreads = 8;

    /// <summary>Finds the ciphertexts of a range of values.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="start">The position of the first value.</param>
    /// <param name="length">The number of values.</param>
    /// <exception cref="ArgumentException">The range is not within the vector, or begins or ends inside of a ciphertext.</exception>
    public static CiphertextRange Of(EncryptedVector vector, int start, int length)
    {
        int perCiphertext = vector.Parameters.ValuesPerCiphertext;
        bool isWithin = start >= 0 && length > 0 && length <= vector.Length - start;
        bool isWhole = start % perCiphertext == 0 && (length % perCiphertext == 0 || length == vector.Length - start);
        return isWithin && isWhole
            ? new CiphertextRange(start / perCiphertext, (length + perCiphertext - 1) / perCiphertext)
            : throw Throw.NotWholeCiphertexts();
    }

    /// <summary>Computes the number of values, in whole ciphertexts, that are best decrypted at once.</summary>
    /// <param name="valuesPerCiphertext">The number of values in a ciphertext.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public static int BestLength(int valuesPerCiphertext, int degree)
    {
        int threads = degree > 0 ? degree : UsualThreads;
        return Math.Max(1, (int)Math.Min((long)ValuesPerThread * threads, int.MaxValue) / valuesPerCiphertext) * valuesPerCiphertext;
    }
}
