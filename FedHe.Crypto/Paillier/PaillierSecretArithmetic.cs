using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// Arithmetic that needs the primes, constant-time in them and in messages. They lie in pinned memory and are zeroed on
/// dispose. Thread-safe.
/// </summary>
internal sealed class PaillierSecretArithmetic : IDisposable
{
    private readonly PaillierArithmetic _arithmetic;
    private readonly SquareModulus _modulus;
    private readonly PaillierPrimeSide[] _sides;
    private readonly AlignedArray<ulong>[] _factors;

    /// <summary>Arithmetic for a secret key.</summary>
    /// <param name="arithmetic">Of n = p*q.</param>
    /// <param name="p">A prime of half of the bits of n, big-endian.</param>
    /// <param name="q">The other prime, of the same length.</param>
    /// <param name="random">Where blinding comes from.</param>
    public PaillierSecretArithmetic(
        PaillierArithmetic arithmetic, ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, RandomSource random)
    {
        _arithmetic = arithmetic;
        _modulus = arithmetic.Modulus;
        _sides = [new PaillierPrimeSide(p, q, random, arithmetic.Width), new PaillierPrimeSide(q, p, random, arithmetic.Width)];
        _factors = [.. _sides.Select(Factor)];
    }

    /// <summary>Decrypts, each ciphertext blinded before it meets a secret exponent.</summary>
    /// <param name="ciphertexts">Units modulo n^2, big-endian.</param>
    /// <param name="messages">Receives as many numbers below n, big-endian.</param>
    public void Decrypt(ReadOnlySpan<byte> ciphertexts, Span<byte> messages)
    {
        using PaillierWorker worker = _arithmetic.Workers.Rent();
        Span<ulong> words = worker.Words.Span[..(_modulus.Modulus.Length + 1)];
        int wordsOfCiphertext = 2 * _modulus.Modulus.Length;
        Span<ulong> numbers = worker.GroupWords;
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

            Combine(numbers[..(lanes * wordsOfCiphertext)], lanes, worker);
            for (int lane = 0; lane < lanes; lane++)
            {
                _modulus.Export(worker.First, _modulus.Limbs, lane, words);
                Negate(words);
                MultiPrecisionInteger.WriteBigEndian(words[..^1], messages.Slice((start + lane) * length, length));
            }
        }
    }

    public void Dispose()
    {
        for (int i = 0; i < _sides.Length; i++)
        {
            _sides[i].Dispose();
            SecretMemory.Zero<ulong>(_factors[i]);
        }
    }

    /// <summary>The sum of both sides: -m modulo n, at most a little above n.</summary>
    private void Combine(ReadOnlySpan<ulong> ciphertexts, int count, PaillierWorker worker)
    {
        Span<ulong> first = worker.First.Span[.._modulus.ResidueLength];
        Span<ulong> second = worker.Second.Span[.._modulus.ResidueLength];
        first.Clear();
        second.Clear();
        _sides[0].Quotients(ciphertexts, count, first[..(_sides[0].Limbs * _modulus.Lanes)]);
        _sides[1].Quotients(ciphertexts, count, second[..(_sides[1].Limbs * _modulus.Lanes)]);
        _modulus.MultiplyAddResidues(first, _factors[0], second, _factors[1], first, worker.Scratch);
    }

    private void Negate(Span<ulong> words)
    {
        ReadOnlySpan<ulong> modulus = _modulus.Modulus;
        MultiPrecisionInteger.SubtractOnce(words, modulus);
        MultiPrecisionInteger.SubtractFrom(modulus, words[..^1]);
        MultiPrecisionInteger.SubtractOnce(words, modulus);
    }

    /// <summary>The factor of a side in Montgomery form modulo n.</summary>
    private AlignedArray<ulong> Factor(PaillierPrimeSide side)
    {
        var factor = new AlignedArray<ulong>(_modulus.ResidueLength);
        var scratch = new MontgomeryScratch(_modulus);
        _modulus.Broadcast(side.Factor, factor);
        _modulus.MultiplyResidues(factor, _modulus.RadixPower(2)[.._modulus.ResidueLength], factor, scratch);
        scratch.Zero();
        return factor;
    }
}
