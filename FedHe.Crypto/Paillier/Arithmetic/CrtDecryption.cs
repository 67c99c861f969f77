using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Arithmetic;

/// <summary>
/// A CRT decryption decrypts by the Chinese remainder theorem, constant-time in the primes and in messages. It is
/// thread-safe; the primes lie in pinned memory and are zeroed on dispose.
/// </summary>
/// <remarks>
/// -m = L_p*f_p + L_q*f_q modulo n, with L and f from <see cref="DecryptionModuloPrime"/>. Source: Paillier, EUROCRYPT
/// 1999, section 7.
/// </remarks>
internal sealed class CrtDecryption : IDisposable
{
    private readonly PaillierArithmetic _arithmetic;
    private readonly SquareModulus _modulus;
    private readonly DecryptionModuloPrime _moduloP;
    private readonly DecryptionModuloPrime _moduloQ;
    private readonly AlignedArray<ulong> _factorP;
    private readonly AlignedArray<ulong> _factorQ;

    /// <summary>Computes the constants of a secret key.</summary>
    /// <param name="arithmetic">Arithmetic modulo n^2 for n = p*q.</param>
    /// <param name="p">A prime of half of the bits of n, big-endian.</param>
    /// <param name="q">The other prime, of the same length.</param>
    /// <param name="random">The source of the blinding.</param>
    public CrtDecryption(PaillierArithmetic arithmetic, ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, RandomSource random)
    {
        _arithmetic = arithmetic;
        _modulus = arithmetic.Modulus;
        _moduloP = new DecryptionModuloPrime(p, q, random, arithmetic.Width);
        _moduloQ = new DecryptionModuloPrime(q, p, random, arithmetic.Width);
        _factorP = ToMontgomery(_moduloP.Factor);
        _factorQ = ToMontgomery(_moduloQ.Factor);
    }

    /// <summary>Decrypts ciphertexts, each blinded before it meets a secret exponent.</summary>
    /// <param name="ciphertexts">Units modulo n^2, big-endian.</param>
    /// <param name="messages">Receives one number below n for each ciphertext, big-endian.</param>
    public void Decrypt(ReadOnlySpan<byte> ciphertexts, Span<byte> messages)
    {
        using ModularWorkspace workspace = _arithmetic.Workspaces.Rent();
        Span<ulong> words = workspace.Words.Span[..(_modulus.Modulus.Length + 1)];
        int wordsOfCiphertext = 2 * _modulus.Modulus.Length;
        Span<ulong> numbers = workspace.GroupWords;
        int length = _arithmetic.ModulusLength;
        int count = messages.Length / length;
        for (int start = 0; start < count; start += _modulus.Lanes)
        {
            int lanes = Math.Min(_modulus.Lanes, count - start);
            for (int lane = 0; lane < lanes; lane++)
            {
                MultiPrecisionInteger.ReadBigEndian(
                    ciphertexts.Slice((start + lane) * 2 * length, 2 * length),
                    numbers.Slice(lane * wordsOfCiphertext, wordsOfCiphertext));
            }

            Combine(numbers[..(lanes * wordsOfCiphertext)], lanes, workspace);
            for (int lane = 0; lane < lanes; lane++)
            {
                _modulus.Export(workspace.First, _modulus.Limbs, lane, words);
                Negate(words);
                MultiPrecisionInteger.WriteBigEndian(words[..^1], messages.Slice((start + lane) * length, length));
            }
        }
    }

    public void Dispose()
    {
        _moduloP.Dispose();
        _moduloQ.Dispose();
        SecretMemory.Zero<ulong>(_factorP);
        SecretMemory.Zero<ulong>(_factorQ);
    }

    /// <summary>
    /// Writes -m modulo n, at most a little above n, as the first residue of <see cref="ModularWorkspace.First"/>.
    /// </summary>
    private void Combine(ReadOnlySpan<ulong> ciphertexts, int count, ModularWorkspace workspace)
    {
        Span<ulong> first = workspace.First.Span[.._modulus.ResidueLength];
        Span<ulong> second = workspace.Second.Span[.._modulus.ResidueLength];
        first.Clear();
        second.Clear();
        _moduloP.ComputeL(ciphertexts, count, first[..(_moduloP.Limbs * _modulus.Lanes)]); // L_p
        _moduloQ.ComputeL(ciphertexts, count, second[..(_moduloQ.Limbs * _modulus.Lanes)]); // L_q

        // -m = L_p*f_p + L_q*f_q
        _modulus.MultiplyAddResidues(first, _factorP, second, _factorQ, first, workspace.Scratch);
    }

    /// <summary>Replaces words by n - words modulo n, for words at most a little above n.</summary>
    private void Negate(Span<ulong> words)
    {
        ReadOnlySpan<ulong> modulus = _modulus.Modulus;
        MultiPrecisionInteger.SubtractOnce(words, modulus);
        MultiPrecisionInteger.SubtractFrom(modulus, words[..^1]);
        MultiPrecisionInteger.SubtractOnce(words, modulus);
    }

    /// <summary>Converts a factor modulo n to its Montgomery form, for every number of a group.</summary>
    private AlignedArray<ulong> ToMontgomery(ReadOnlySpan<ulong> factor)
    {
        var residue = new AlignedArray<ulong>(_modulus.ResidueLength);
        var scratch = new MontgomeryScratch(_modulus);
        _modulus.Broadcast(factor, residue);
        _modulus.MultiplyResidues(residue, _modulus.RadixPower(2)[.._modulus.ResidueLength], residue, scratch);
        scratch.Zero();
        return residue;
    }
}
