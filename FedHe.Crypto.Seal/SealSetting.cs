using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL setting holds the parameters, the engine and the file layouts that all roles of a context share. It is
/// immutable.
/// </summary>
internal sealed class SealSetting : IDisposable
{
    private readonly SealFileLayout[] _full;
    private readonly SealFileLayout _seeded;

    public SealSetting(SealParameters parameters, int maxDegreeOfParallelism)
    {
        Parameters = parameters;
        MaxDegreeOfParallelism = maxDegreeOfParallelism;
        Errors = new SealErrorAnalysis(parameters);
        Engine = new SealEngine(parameters.Encryption);
        _full = [.. Enumerable.Range(LeastPrimes, parameters.Depth + 1).Select(primes =>
            SealFileLayout.OfCiphertext(parameters.Encryption, primes, parameters.Scale, isSeeded: false))];
        _seeded = SealFileLayout.OfCiphertext(parameters.Encryption, PrimeCount, parameters.Scale, isSeeded: true);
        PublicKeys =
        [
            SealFileLayout.OfPublicKey(parameters.Encryption, isSeeded: true),
            SealFileLayout.OfPublicKey(parameters.Encryption, isSeeded: false),
        ];
    }

    public SealParameters Parameters { get; }

    public SealErrorAnalysis Errors { get; }

    public SealEngine Engine { get; }

    /// <summary>The layouts of both forms of a public key, the seeded one first.</summary>
    public SealFileLayout[] PublicKeys { get; }

    /// <summary>The largest number of threads of one operation, or -1.</summary>
    public int MaxDegreeOfParallelism { get; }

    /// <summary>The number of primes of fresh ciphertexts.</summary>
    public int PrimeCount => Parameters.Moduli.Length;

    /// <summary>The number of primes of ciphertexts that have spent every level.</summary>
    public int LeastPrimes => PrimeCount - Parameters.Depth;

    /// <summary>Returns the layout of the files of a vector of the given form and level.</summary>
    public SealFileLayout LayoutOf(VectorForm form, int primeCount)
        => form == VectorForm.Seeded ? _seeded : _full[primeCount - LeastPrimes];

    public int CiphertextsOf(int length)
        => (int)(((long)length + Parameters.ValuesPerCiphertext - 1) / Parameters.ValuesPerCiphertext);

    public void Dispose() => Engine.Dispose();
}
