using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier.Arithmetic;

/// <summary>
/// Paillier arithmetic computes modulo n^2 without secrets, on batches of numbers: big-endian,
/// <see cref="CiphertextLength"/> bytes each, back to back. It is immutable and thread-safe.
/// </summary>
/// <remarks>
/// Source: Paillier, EUROCRYPT 1999, with g = 1 + n; Damgard, Jurik and Nielsen, International Journal of Information
/// Security 9 (2010), section 4.2, for the randomness.
/// </remarks>
internal sealed class PaillierArithmetic
{
    private const int RadixPowers = 2;

    private readonly AlignedArray<ulong> _square;
    private readonly byte[] _squareBytes;

    /// <summary>Sets up the arithmetic of a modulus.</summary>
    /// <param name="modulus">n: odd, big-endian, a multiple of 64 bits, its highest bit set.</param>
    /// <param name="width">The vector width; null for the fastest of this machine.</param>
    public PaillierArithmetic(ReadOnlySpan<byte> modulus, LaneWidth? width = null)
    {
        ModulusLength = modulus.Length;
        Width = width ?? LaneSupport.Best;
        Modulus = SquareModulus.Create(modulus, Width, RadixPowers);
        Workspaces = ModularWorkspace.CreatePool(Modulus, raisesToSecrets: false);
        BigInteger number = BigEndian.Read(modulus);
        _squareBytes = new byte[CiphertextLength];
        BigEndian.Write(number * number, _squareBytes);
        _square = new AlignedArray<ulong>(2 * Modulus.Modulus.Length);
        MultiPrecisionInteger.ReadBigEndian(_squareBytes, _square);
    }

    /// <summary>The length of n in bytes.</summary>
    public int ModulusLength { get; }

    /// <summary>The length of a number modulo n^2 in bytes.</summary>
    public int CiphertextLength => 2 * ModulusLength;

    /// <summary>The vector width of the arithmetic.</summary>
    public LaneWidth Width { get; }

    public SquareModulus Modulus { get; }

    public ConcurrentPool<ModularWorkspace> Workspaces { get; }

    /// <summary>
    /// Tells whether every number is at least 1, below n^2 and coprime to n. The test is not constant-time, since
    /// numbers are public.
    /// </summary>
    /// <remarks>
    /// The product of all numbers is coprime to n only if each number is: one greatest common divisor serves all.
    /// </remarks>
    public bool AreUnitsInVariableTime(ReadOnlySpan<byte> ciphertexts)
    {
        using ModularWorkspace workspace = Workspaces.Rent();
        Span<ulong> product = workspace.Second.Span[..Modulus.ResidueLength];
        Modulus.RadixPower(1)[..Modulus.ResidueLength].CopyTo(product);
        bool inRange = true;
        for (int start = 0; start < ciphertexts.Length && inRange; start += Modulus.Lanes * CiphertextLength)
        {
            ReadOnlySpan<byte> group = ciphertexts[start..Math.Min(start + (Modulus.Lanes * CiphertextLength), ciphertexts.Length)];
            inRange = TryImport(group, firstLane: 0, workspace.First, workspace.Words);
            Modulus.ReduceIntegers(workspace.First, workspace.First, workspace.Scratch);
            Modulus.MultiplyResidues(product, workspace.First, product, workspace.Scratch);
        }

        return inRange && IsCoprime(product, workspace);
    }

    /// <summary>Tells whether every number is at least 1 and below n^2.</summary>
    public bool AreInRange(ReadOnlySpan<byte> ciphertexts)
    {
        for (int start = 0; start < ciphertexts.Length; start += CiphertextLength)
        {
            if (!IsInRange(ciphertexts.Slice(start, CiphertextLength)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Encrypts messages m into ciphertexts c = (1 + m*n)*rho modulo n^2.</summary>
    /// <param name="messages">Numbers m below n: big-endian, <see cref="ModulusLength"/> bytes each.</param>
    /// <param name="randomizers">
    /// One randomizer rho for each message, used once and never again: the Montgomery form rho*R as the pair of its
    /// remainder and its quotient by n, big-endian, <see cref="ModulusLength"/> bytes each.
    /// </param>
    /// <param name="ciphertexts">Receives one number for each message.</param>
    public void Encrypt(ReadOnlySpan<byte> messages, ReadOnlySpan<byte> randomizers, Span<byte> ciphertexts)
    {
        using ModularWorkspace workspace = Workspaces.Rent();
        Span<ulong> words = workspace.Words.Span[..Modulus.Modulus.Length];
        int count = ciphertexts.Length / CiphertextLength;
        for (int start = 0; start < count; start += Modulus.Lanes)
        {
            int lanes = Math.Min(Modulus.Lanes, count - start);
            for (int lane = 0; lane < lanes; lane++)
            {
                int index = start + lane;
                MultiPrecisionInteger.ReadBigEndian(messages.Slice(index * ModulusLength, ModulusLength), words);
                Modulus.Import([1], 0, Modulus.Limbs, lane, workspace.First); // 1 + m*n
                Modulus.Import(words, 0, Modulus.Limbs, lane, workspace.First.Span[Modulus.ResidueLength..]);
                MultiPrecisionInteger.ReadBigEndian(randomizers.Slice(index * CiphertextLength, ModulusLength), words);
                Modulus.Import(words, 0, Modulus.Limbs, lane, workspace.Second);
                MultiPrecisionInteger.ReadBigEndian(randomizers.Slice((index * CiphertextLength) + ModulusLength, ModulusLength), words);
                Modulus.Import(words, 0, Modulus.Limbs, lane, workspace.Second.Span[Modulus.ResidueLength..]);
            }

            // rho is in Montgomery form and 1 + m*n is not, so neither is their product.
            Modulus.Multiply(workspace.First, workspace.Second, workspace.First, workspace.Scratch);
            Export(workspace.First, firstLane: 0, ciphertexts.Slice(start * CiphertextLength, lanes * CiphertextLength), workspace);
        }
    }

    /// <summary>Reads ciphertexts into the integers of a group, and ones into its other integers.</summary>
    /// <param name="ciphertexts">At most as many numbers as the group has from the first lane on.</param>
    /// <param name="firstLane">The place of the first ciphertext in the group.</param>
    /// <param name="integers">Receives the group.</param>
    /// <param name="words">Scratch for the words of one number.</param>
    /// <returns>False if a ciphertext is zero, or not below n^2.</returns>
    public bool TryImport(ReadOnlySpan<byte> ciphertexts, int firstLane, Span<ulong> integers, Span<ulong> words)
    {
        bool inRange = true;
        for (int lane = 0; lane < Modulus.Lanes; lane++)
        {
            int start = (lane - firstLane) * CiphertextLength;
            if (start >= 0 && start < ciphertexts.Length)
            {
                ReadOnlySpan<byte> ciphertext = ciphertexts.Slice(start, CiphertextLength);
                inRange &= IsInRange(ciphertext);
                MultiPrecisionInteger.ReadBigEndian(ciphertext, words);
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

    /// <summary>Writes numbers of a group that left Montgomery form, as many as the destination holds.</summary>
    /// <param name="group">The group, which is overwritten.</param>
    /// <param name="firstLane">The place of the first number in the group.</param>
    /// <param name="ciphertexts">Receives the numbers.</param>
    /// <param name="workspace">Scratch for the words of one number.</param>
    public void Export(Span<ulong> group, int firstLane, Span<byte> ciphertexts, ModularWorkspace workspace)
    {
        Modulus.Expand(group, group);
        for (int start = 0; start < ciphertexts.Length; start += CiphertextLength)
        {
            Modulus.Export(group, 2 * Modulus.Limbs, firstLane + (start / CiphertextLength), workspace.Words);
            MultiPrecisionInteger.SubtractOnce(workspace.Words, _square);
            MultiPrecisionInteger.WriteBigEndian(workspace.Words, ciphertexts.Slice(start, CiphertextLength));
        }
    }

    // Big-endian numbers of one length are in the order of their bytes.
    private bool IsInRange(ReadOnlySpan<byte> ciphertext)
        => ciphertext.ContainsAnyExcept((byte)0) && ciphertext.SequenceCompareTo(_squareBytes) < 0;

    /// <summary>Tells whether all residues of a group are coprime to n.</summary>
    /// <remarks>Multiplies one half of the group by the other until one number is left.</remarks>
    private bool IsCoprime(Span<ulong> residues, ModularWorkspace workspace)
    {
        Span<ulong> moved = workspace.First.Span[..Modulus.ResidueLength];
        for (int half = Modulus.Lanes / 2; half > 0; half /= 2)
        {
            residues[half..].CopyTo(moved);
            moved[^half..].Clear();
            Modulus.MultiplyResidues(residues, moved, residues, workspace.Scratch);
        }

        Span<ulong> words = workspace.Words.Span[..(Modulus.Modulus.Length + 1)];
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
