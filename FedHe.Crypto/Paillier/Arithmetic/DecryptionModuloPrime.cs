using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Arithmetic;

/// <summary>
/// A decryption modulo a prime computes with one prime p of n = p*q, which is zeroed on dispose. It is thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// With g = 1 + n and L_p(u) = (u - 1)/p, decryption by the Chinese remainder theorem is
/// <code>
/// m_p = L_p(c^(p-1) mod p^2) * h_p mod p,  h_p = L_p(g^(p-1) mod p^2)^-1 = -1/q mod p,
/// m   = m_p * q*(q^-1 mod p) + m_q * p*(p^-1 mod q) mod n.
/// </code>
/// All constants of a prime are one: <see cref="Factor"/> is f_p = q*(q^-2 mod p), and -m = L_p*f_p + L_q*f_q modulo n.
/// </para>
/// Source: Paillier, EUROCRYPT 1999, section 7.
/// </remarks>
internal sealed class DecryptionModuloPrime : IDisposable
{
    // A residue modulo p has more than a quarter of the bits of a ciphertext.
    private const int PartsOfCiphertext = 4;

    private readonly SquareModulus _modulus;
    private readonly ConcurrentPool<ModularWorkspace> _workspaces;
    private readonly AlignedArray<ulong> _exponent;
    private readonly AlignedArray<ulong> _blinding;
    private readonly MontgomeryScratch _blindingScratch;
    private readonly Lock _blindingLock = new();

    /// <summary>Computes the constants of a prime.</summary>
    /// <param name="prime">p, big-endian.</param>
    /// <param name="other">q, of the same length.</param>
    /// <param name="random">The source of the blinding.</param>
    /// <param name="width">The vector width of the arithmetic.</param>
    public DecryptionModuloPrime(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> other, RandomSource random, LaneWidth width)
    {
        _modulus = SquareModulus.Create(prime, width, radixPowers: PartsOfCiphertext + 1);
        _exponent = new AlignedArray<ulong>(_modulus.Modulus);
        _exponent.First -= 1; // p - 1: p is odd, so nothing is borrowed
        Factor = new AlignedArray<ulong>(2 * _exponent.Length);
        _blinding = new AlignedArray<ulong>(_modulus.GroupLength);
        _blindingScratch = new MontgomeryScratch(_modulus);

        _workspaces = ModularWorkspace.CreatePool(_modulus, raisesToSecrets: true);
        using ModularWorkspace workspace = _workspaces.Rent();
        ComputeFactor(other, workspace);
        ComputeBlinding(random, workspace);
    }

    /// <summary>The factor f_p, below n, as 64-bit words, little-endian.</summary>
    public AlignedArray<ulong> Factor { get; }

    /// <summary>The number of limbs of a residue modulo p.</summary>
    public int Limbs => _modulus.Limbs;

    /// <summary>Computes L_p(c^(p-1) mod p^2) of every ciphertext of a group.</summary>
    /// <param name="ciphertexts">Units modulo n^2, as 64-bit words of equal lengths, one after the other.</param>
    /// <param name="count">The number of ciphertexts, at most a group.</param>
    /// <param name="destination">Receives a residue modulo p, not reduced, for each number of a group.</param>
    public void ComputeL(ReadOnlySpan<ulong> ciphertexts, int count, Span<ulong> destination)
    {
        using ModularWorkspace workspace = _workspaces.Rent();
        ReduceModuloSquare(ciphertexts, count, workspace);
        TakeBlinding(workspace.Second);
        _modulus.Multiply(workspace.First, workspace.Second, workspace.First, workspace.Scratch); // c * r^p
        ModularPower.RaiseToSecret(
            _modulus, workspace.First, _exponent, workspace.Table, workspace.Second, workspace.Scratch); // c^(p-1)
        _modulus.FromMontgomery(workspace.Second, workspace.First, workspace.Scratch);

        // u = 1 + L*p, whose second component is L.
        workspace.First.Span[_modulus.ResidueLength..].CopyTo(destination);
    }

    public void Dispose()
    {
        _modulus.Dispose();
        _blindingScratch.Zero();
        SecretMemory.Zero<ulong>(_exponent);
        SecretMemory.Zero<ulong>(_blinding);
        SecretMemory.Zero<ulong>(Factor);
    }

    /// <summary>
    /// Writes the Montgomery forms of ciphertexts modulo p^2 to <see cref="ModularWorkspace.First"/>: c = sum of
    /// c_i*R^i, in parts c_i of as many limbs as a residue has.
    /// </summary>
    private void ReduceModuloSquare(ReadOnlySpan<ulong> ciphertexts, int count, ModularWorkspace workspace)
    {
        int words = ciphertexts.Length / count;
        Span<ulong> part = workspace.Second;
        part.Clear();
        for (int i = 0; i < PartsOfCiphertext; i++)
        {
            for (int lane = 0; lane < count; lane++)
            {
                _modulus.Import(ciphertexts.Slice(lane * words, words), i * Limbs, Limbs, lane, part);
            }

            part[_modulus.ResidueLength..].Clear();
            _modulus.Multiply(part, _modulus.RadixPower(i + 2), part, workspace.Scratch); // c_i * R^(i+1)
            if (i == 0)
            {
                part.CopyTo(workspace.First);
            }
            else
            {
                _modulus.Add(workspace.First, part, workspace.First);
            }
        }
    }

    /// <summary>Copies the current blinding r^p, and squares it for the next use.</summary>
    /// <remarks>
    /// A p-th power modulo p^2 is what an encryption of zero is there, so blinding leaves the message alone.
    /// </remarks>
    private void TakeBlinding(Span<ulong> destination)
    {
        lock (_blindingLock)
        {
            _blinding.Span.CopyTo(destination);
            _modulus.Square(_blinding, _blinding, _blindingScratch);
        }
    }

    private void ComputeFactor(ReadOnlySpan<byte> other, ModularWorkspace workspace)
    {
        Span<ulong> residue = workspace.First.Span[.._modulus.ResidueLength];
        MultiPrecisionInteger.ReadBigEndian(other, Factor.Span[.._exponent.Length]);
        _modulus.Broadcast(Factor, residue);
        _modulus.Multiply(workspace.First, _modulus.RadixPower(2), workspace.Second, workspace.Scratch);

        // q^-1 = q^(p-2) mod p. p-1 is even, so p-2 borrows from the word above only if p-1 ends in a word of zeros.
        var exponent = new AlignedArray<ulong>(_exponent);
        MultiPrecisionInteger.SubtractOnce(exponent, [1]);
        ModularPower.RaiseToSecret(
            _modulus, workspace.Second, exponent, workspace.Table, workspace.First, workspace.Scratch);
        SecretMemory.Zero<ulong>(exponent);
        _modulus.Square(workspace.First, workspace.First, workspace.Scratch); // q^-2
        _modulus.FromMontgomery(workspace.First, workspace.First, workspace.Scratch);

        Span<ulong> otherResidue = workspace.Second.Span[.._modulus.ResidueLength];
        _modulus.Broadcast(Factor, otherResidue);
        _modulus.MultiplyIntegers(residue, otherResidue, workspace.Table); // q * (q^-2 mod p)
        _modulus.Export(workspace.Table, 2 * Limbs, lane: 0, Factor);
    }

    private void ComputeBlinding(RandomSource random, ModularWorkspace workspace)
    {
        byte[] bytes = SecretMemory.Allocate<byte>(_exponent.Length * sizeof(ulong));
        var words = new AlignedArray<ulong>(_exponent.Length);
        workspace.First.Span.Clear();
        for (int lane = 0; lane < _modulus.Lanes; lane++)
        {
            random.Fill(bytes);
            MultiPrecisionInteger.ReadBigEndian(bytes, words);
            _modulus.Import(words, 0, Limbs, lane, workspace.First);
        }

        // r^p. Taken as Montgomery forms, the random numbers are other random numbers.
        ModularPower.RaiseToSecret(
            _modulus, workspace.First, _modulus.Modulus, workspace.Table, _blinding, workspace.Scratch);
        SecretMemory.Zero<byte>(bytes);
        SecretMemory.Zero<ulong>(words);
    }
}
