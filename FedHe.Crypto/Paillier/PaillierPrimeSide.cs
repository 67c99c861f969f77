using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// What a prime p of n = p*q contributes to decryption. A ciphertext of m satisfies c^(p-1) = 1 + L*p mod p^2 with
/// L = -m*q mod p. Times <see cref="Factor"/> = q*(q^-2 mod p), L becomes -m modulo p and 0 modulo q: the sum of both sides
/// is -m modulo n.
/// </summary>
/// <remarks>Source: Paillier, EUROCRYPT 1999, section 7, with the Chinese remainder theorem folded into its constants.</remarks>
internal sealed class PaillierPrimeSide : IDisposable
{
    // Residues of p have more than a quarter of the bits of a ciphertext.
    private const int PartsOfCiphertext = 4;

    private readonly SquareModulus _modulus;
    private readonly PaillierWorkerPool _workers;
    private readonly AlignedArray<ulong> _exponent;
    private readonly AlignedArray<ulong> _blinding;
    private readonly MontgomeryScratch _blindingScratch;
    private readonly Lock _blindingLock = new();

    /// <summary>Computes the constants of a prime.</summary>
    public PaillierPrimeSide(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> other, RandomSource random, LaneWidth width)
    {
        _modulus = SquareModulus.Create(prime, width, radixPowers: PartsOfCiphertext + 1);
        _exponent = new AlignedArray<ulong>(_modulus.Modulus);
        _exponent.First -= 1; // odd, so nothing is borrowed
        Factor = new AlignedArray<ulong>(2 * _exponent.Length);
        _blinding = new AlignedArray<ulong>(_modulus.GroupLength);
        _blindingScratch = new MontgomeryScratch(_modulus);

        _workers = new PaillierWorkerPool(_modulus, raisesToSecrets: true);
        using PaillierWorker worker = _workers.Rent();
        ComputeFactor(other, worker);
        ComputeBlinding(random, worker);
    }

    /// <summary>The factor of this side, below n: 64-bit words, little-endian.</summary>
    public AlignedArray<ulong> Factor { get; }

    /// <summary>Limbs of a residue.</summary>
    public int Limbs => _modulus.Limbs;

    /// <summary>Writes L of every number of a group.</summary>
    /// <param name="ciphertexts">Units modulo n^2, as 64-bit words of equal lengths, one after the other.</param>
    /// <param name="count">How many, at most a group.</param>
    /// <param name="quotients">Receives a residue of p, not reduced.</param>
    public void Quotients(ReadOnlySpan<ulong> ciphertexts, int count, Span<ulong> quotients)
    {
        using PaillierWorker worker = _workers.Rent();
        Enter(ciphertexts, count, worker);
        TakeBlinding(worker.Second);
        _modulus.Multiply(worker.First, worker.Second, worker.First, worker.Scratch);
        ModularPower.RaiseToSecret(_modulus, worker.First, _exponent, worker.Table, worker.Second, worker.Scratch);
        _modulus.FromMontgomery(worker.Second, worker.First, worker.Scratch);
        worker.First.Span[_modulus.ResidueLength..].CopyTo(quotients);
    }

    public void Dispose()
    {
        _modulus.Dispose();
        _blindingScratch.Zero();
        SecretMemory.Zero<ulong>(_exponent);
        SecretMemory.Zero<ulong>(_blinding);
        SecretMemory.Zero<ulong>(Factor);
    }

    /// <summary>Ciphertexts modulo p^2 in Montgomery form: the sum of their parts times powers of R.</summary>
    private void Enter(ReadOnlySpan<ulong> ciphertexts, int count, PaillierWorker worker)
    {
        int words = ciphertexts.Length / count;
        Span<ulong> part = worker.Second;
        part.Clear();
        for (int i = 0; i < PartsOfCiphertext; i++)
        {
            for (int lane = 0; lane < count; lane++)
            {
                _modulus.Import(ciphertexts.Slice(lane * words, words), i * Limbs, Limbs, lane, part);
            }

            part[_modulus.ResidueLength..].Clear();
            _modulus.Multiply(part, _modulus.RadixPower(i + 2), part, worker.Scratch);
            if (i == 0)
            {
                part.CopyTo(worker.First);
            }
            else
            {
                _modulus.Add(worker.First, part, worker.First);
            }
        }
    }

    /// <summary>Random p-th powers, squared from one use to the next: what encryptions of zero are modulo p^2.</summary>
    private void TakeBlinding(Span<ulong> destination)
    {
        lock (_blindingLock)
        {
            _blinding.Span.CopyTo(destination);
            _modulus.Square(_blinding, _blinding, _blindingScratch);
        }
    }

    private void ComputeFactor(ReadOnlySpan<byte> other, PaillierWorker worker)
    {
        Span<ulong> residue = worker.First.Span[.._modulus.ResidueLength];
        MultiPrecisionInteger.ReadBigEndian(other, Factor.Span[.._exponent.Length]);
        _modulus.Broadcast(Factor, residue);
        _modulus.Multiply(worker.First, _modulus.RadixPower(2), worker.Second, worker.Scratch);

        // q^(p-2) is 1/q modulo p. p-1 is even, so p-2 borrows from the word above only if p-1 ends in a word of zeros.
        var exponent = new AlignedArray<ulong>(_exponent);
        MultiPrecisionInteger.SubtractOnce(exponent, [1]);
        ModularPower.RaiseToSecret(_modulus, worker.Second, exponent, worker.Table, worker.First, worker.Scratch);
        SecretMemory.Zero<ulong>(exponent);
        _modulus.Square(worker.First, worker.First, worker.Scratch);
        _modulus.FromMontgomery(worker.First, worker.First, worker.Scratch);

        Span<ulong> otherResidue = worker.Second.Span[.._modulus.ResidueLength];
        _modulus.Broadcast(Factor, otherResidue);
        _modulus.MultiplyIntegers(residue, otherResidue, worker.Table);
        _modulus.Export(worker.Table, 2 * Limbs, lane: 0, Factor);
    }

    private void ComputeBlinding(RandomSource random, PaillierWorker worker)
    {
        byte[] bytes = SecretMemory.Allocate<byte>(_exponent.Length * sizeof(ulong));
        var words = new AlignedArray<ulong>(_exponent.Length);
        worker.First.Span.Clear();
        for (int lane = 0; lane < _modulus.Lanes; lane++)
        {
            random.Fill(bytes);
            MultiPrecisionInteger.ReadBigEndian(bytes, words);
            _modulus.Import(words, 0, Limbs, lane, worker.First);
        }

        // In Montgomery form they are other random numbers.
        ModularPower.RaiseToSecret(_modulus, worker.First, _modulus.Modulus, worker.Table, _blinding, worker.Scratch);
        SecretMemory.Zero<byte>(bytes);
        SecretMemory.Zero<ulong>(words);
    }
}
