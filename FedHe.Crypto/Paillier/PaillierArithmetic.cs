using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// Arithmetic modulo n^2 that needs no secret, on batches of numbers: big-endian, <see cref="CiphertextLength"/> bytes each,
/// back to back. Immutable and thread-safe.
/// </summary>
internal sealed class PaillierArithmetic
{
    private const int RadixPowers = 2;

    private readonly AlignedArray<ulong> _square;

    /// <summary>Arithmetic for a modulus.</summary>
    /// <param name="modulus">n: odd, big-endian, a multiple of 64 bits, its highest bit set.</param>
    /// <param name="width">Null for the fastest of this machine.</param>
    public PaillierArithmetic(ReadOnlySpan<byte> modulus, LaneWidth? width = null)
    {
        ModulusLength = modulus.Length;
        Width = width ?? LaneSupport.Best;
        Modulus = SquareModulus.Create(modulus, Width, RadixPowers);
        Workers = new PaillierWorkerPool(Modulus, raisesToSecrets: false);
        BigInteger number = BigEndian.Read(modulus);
        _square = new AlignedArray<ulong>(2 * Modulus.Modulus.Length);
        MultiPrecisionInteger.ReadBigEndian((number * number).ToByteArray(isUnsigned: true, isBigEndian: true), _square);
    }

    /// <summary>Length of n in bytes.</summary>
    public int ModulusLength { get; }

    /// <summary>Length of a number modulo n^2 in bytes.</summary>
    public int CiphertextLength => 2 * ModulusLength;

    /// <summary>What the arithmetic is specialised for.</summary>
    public LaneWidth Width { get; }

    public SquareModulus Modulus { get; }

    public PaillierWorkerPool Workers { get; }

    /// <summary>Whether every number is at least 1, below n^2 and coprime to n. Not constant-time: numbers are public.</summary>
    /// <remarks>The product of all numbers is coprime to n only if each of them is: one greatest common divisor serves all.</remarks>
    public bool AreUnitsInVariableTime(ReadOnlySpan<byte> ciphertexts)
    {
        using PaillierWorker worker = Workers.Rent();
        Span<ulong> product = worker.Second.Span[..Modulus.ResidueLength];
        Modulus.RadixPower(1)[..Modulus.ResidueLength].CopyTo(product);
        bool inRange = true;
        for (int start = 0; start < ciphertexts.Length && inRange; start += Modulus.Lanes * CiphertextLength)
        {
            ReadOnlySpan<byte> group = ciphertexts[start..Math.Min(start + (Modulus.Lanes * CiphertextLength), ciphertexts.Length)];
            inRange = TryImport(group, firstLane: 0, worker.First, worker.Words);
            Modulus.ReduceIntegers(worker.First, worker.First, worker.Scratch);
            Modulus.MultiplyResidues(product, worker.First, product, worker.Scratch);
        }

        return inRange && IsCoprime(product, worker);
    }

    /// <summary>c = (1 + m*n)*rho modulo n^2.</summary>
    /// <param name="messages">Numbers m below n: big-endian, <see cref="ModulusLength"/> bytes each.</param>
    /// <param name="randomizers">As many of <see cref="PaillierRandomizers.Create"/>, each used once and never again.</param>
    /// <param name="ciphertexts">Receives as many numbers.</param>
    public void Encrypt(ReadOnlySpan<byte> messages, ReadOnlySpan<byte> randomizers, Span<byte> ciphertexts)
    {
        using PaillierWorker worker = Workers.Rent();
        Span<ulong> words = worker.Words.Span[..Modulus.Modulus.Length];
        int count = ciphertexts.Length / CiphertextLength;
        for (int start = 0; start < count; start += Modulus.Lanes)
        {
            int lanes = Math.Min(Modulus.Lanes, count - start);
            for (int lane = 0; lane < lanes; lane++)
            {
                int index = start + lane;
                MultiPrecisionInteger.ReadBigEndian(messages.Slice(index * ModulusLength, ModulusLength), words);
                Modulus.Import([1], 0, Modulus.Limbs, lane, worker.First);
                Modulus.Import(words, 0, Modulus.Limbs, lane, worker.First.Span[Modulus.ResidueLength..]);
                MultiPrecisionInteger.ReadBigEndian(randomizers.Slice(index * CiphertextLength, ModulusLength), words);
                Modulus.Import(words, 0, Modulus.Limbs, lane, worker.Second);
                MultiPrecisionInteger.ReadBigEndian(randomizers.Slice((index * CiphertextLength) + ModulusLength, ModulusLength), words);
                Modulus.Import(words, 0, Modulus.Limbs, lane, worker.Second.Span[Modulus.ResidueLength..]);
            }

            // rho is in Montgomery form and 1 + m*n is not, so neither is their product.
            Modulus.Multiply(worker.First, worker.Second, worker.First, worker.Scratch);
            Export(worker.First, firstLane: 0, ciphertexts.Slice(start * CiphertextLength, lanes * CiphertextLength), worker);
        }
    }

    /// <summary>Running products, all 1 at first.</summary>
    public PaillierProduct CreateProduct(int count) => new(this, count);

    /// <summary>The source of randomness of a public key with the generator h.</summary>
    /// <param name="generator">h: big-endian, <see cref="ModulusLength"/> bytes, a unit below n.</param>
    /// <param name="random">Where exponents come from.</param>
    /// <remarks>Raises h to the power of n and computes tables: costs as much as a hundred encryptions.</remarks>
    public PaillierRandomizers CreateRandomizers(ReadOnlySpan<byte> generator, RandomSource random) => new CombRandomizers(this, generator, random);

    /// <summary>
    /// Makes ciphertexts the integers of a group from one of its numbers on, and ones of all others; false if a ciphertext is
    /// out of range.
    /// </summary>
    public bool TryImport(ReadOnlySpan<byte> ciphertexts, int firstLane, Span<ulong> integers, Span<ulong> words)
    {
        bool inRange = true;
        for (int lane = 0; lane < Modulus.Lanes; lane++)
        {
            int start = (lane - firstLane) * CiphertextLength;
            if (start >= 0 && start < ciphertexts.Length)
            {
                MultiPrecisionInteger.ReadBigEndian(ciphertexts.Slice(start, CiphertextLength), words);
                inRange &= words.ContainsAnyExcept(0UL) && IsBelowSquare(words);
            }
            else
            {
                words.Clear();
                words[0] = 1;
            }

            Modulus.Import(words, 0, 2 * Modulus.Limbs, lane, integers);
        }

        return inRange;
    }

    /// <summary>
    /// Writes numbers of a group that left Montgomery form, from one of them on, as many as the destination holds.
    /// </summary>
    public void Export(Span<ulong> group, int firstLane, Span<byte> ciphertexts, PaillierWorker worker)
    {
        Modulus.Expand(group, group);
        for (int start = 0; start < ciphertexts.Length; start += CiphertextLength)
        {
            Modulus.Export(group, 2 * Modulus.Limbs, firstLane + (start / CiphertextLength), worker.Words);
            MultiPrecisionInteger.SubtractOnce(worker.Words, _square);
            MultiPrecisionInteger.WriteBigEndian(worker.Words, ciphertexts.Slice(start, CiphertextLength));
        }
    }

    private bool IsBelowSquare(ReadOnlySpan<ulong> words)
    {
        for (int i = words.Length - 1; i >= 0; i--)
        {
            if (words[i] != _square.Span[i])
            {
                return words[i] < _square.Span[i];
            }
        }

        return false;
    }

    /// <summary>Whether all residues of a group are coprime to n: multiplies halves of the group until one number is left.</summary>
    private bool IsCoprime(Span<ulong> residues, PaillierWorker worker)
    {
        Span<ulong> moved = worker.First.Span[..Modulus.ResidueLength];
        for (int half = Modulus.Lanes / 2; half > 0; half /= 2)
        {
            residues[half..].CopyTo(moved);
            moved[^half..].Clear();
            Modulus.MultiplyResidues(residues, moved, residues, worker.Scratch);
        }

        Span<ulong> words = worker.Words.Span[..(Modulus.Modulus.Length + 1)];
        Modulus.Export(residues, Modulus.Limbs, lane: 0, words);
        return BigInteger.GreatestCommonDivisor(ToBigInteger(words), ToBigInteger(Modulus.Modulus)).IsOne;
    }

    private static BigInteger ToBigInteger(ReadOnlySpan<ulong> words)
    {
        var bytes = new byte[words.Length * sizeof(ulong)];
        MultiPrecisionInteger.WriteBigEndian(words, bytes);
        return BigEndian.Read(bytes);
    }
}
