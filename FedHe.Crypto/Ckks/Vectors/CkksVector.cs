using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// A CKKS vector is an encrypted vector, which owns its polynomials and never changes them. Where they contain no c1, c1 is
/// the sum of the expansions of the seeds, each times its weight.
/// </summary>
internal sealed class CkksVector : EncryptedVector
{
    private readonly CkksRing _ring;
    private readonly ICkksPolynomials _polynomials;
    private IReadOnlySet<Digest>? _summands;

    public CkksVector(
        CkksRing ring, KeyId keyId, int length, VectorBound bound, ICkksPolynomials polynomials, IReadOnlySet<Digest>? summands = null)
        : this(ring, keyId, length, bound, polynomials, seeds: [], DroppedBits.None, summands)
    {
    }

    public CkksVector(
        CkksRing ring,
        KeyId keyId,
        int length,
        VectorBound bound,
        ICkksPolynomials polynomials,
        ImmutableArray<WeightedSeed> seeds,
        DroppedBits dropped,
        IReadOnlySet<Digest>? summands = null)
        : base(ring.Parameters, keyId, length, bound)
    {
        _ring = ring;
        _polynomials = polynomials;
        Seeds = seeds;
        Dropped = dropped;
        _summands = summands;
    }

    /// <summary>The seeds that stand for c1, in ascending order; empty where c1 is stored.</summary>
    public ImmutableArray<WeightedSeed> Seeds { get; }

    public override ImmutableArray<Digest> PublicSeeds => ImmutableArray.CreateRange(Seeds, DigestOf);

    /// <summary>
    /// The names of the encryptions whose noise the vector carries, as far as anybody knows; see <see cref="CkksSummands"/>.
    /// </summary>
    public IReadOnlySet<Digest> Summands => _summands ??= CkksSummands.Of(this, _ring);

    /// <summary>The weights of the seeds, or none where c1 is stored.</summary>
    public SeededWeights SeededWeights => Seeds.Aggregate(default(SeededWeights), (sum, seed) => sum.With(seed.Weight));

    /// <summary>The low bits that the wire leaves out. Memory may still hold them.</summary>
    public DroppedBits Dropped { get; }

    public override VectorForm Form => Seeds switch
    {
        [] => VectorForm.Full,
        [{ Weight: 1 }] => VectorForm.Seeded,
        _ => VectorForm.SeedList,
    };

    /// <summary>
    /// Whether the vector is a sum of exact integers, whose total weight exceeds 1. The plan leaves out other low bits
    /// of sums than of uploads.
    /// </summary>
    public bool IsSum => _ring.Parameters.ExactIntegers is CkksExactIntegers exact && exact.TotalWeightOf(Bound) > 1;

    /// <summary>The number of primes that rescaling has not spent.</summary>
    public int LimbCount => _polynomials.LimbCount;

    public override int SpentDepth => _ring.LimbCount - LimbCount;

    public override int EncodedLength => checked((int)CkksVectorFormat.EncodedLength(this, _ring.Parameters));

    /// <inheritdoc cref="ICkksPolynomials.AreInRange"/>
    public bool IsInRange => _polynomials.AreInRange;

    /// <inheritdoc cref="ICkksPolynomials.Limb"/>
    public ReadOnlySpan<ulong> Limb(int ciphertext, int polynomial, int limb, Span<ulong> scratch)
        => _polynomials.Limb(ciphertext, polynomial, limb, scratch);

    /// <inheritdoc cref="ICkksPolynomials.CopyLimb"/>
    public void CopyLimb(int ciphertext, int polynomial, int limb, Span<ulong> destination)
        => _polynomials.CopyLimb(ciphertext, polynomial, limb, destination);

    /// <inheritdoc cref="ICkksPolynomials.ThrowIfDisposed"/>
    public void ThrowIfDisposed() => _polynomials.ThrowIfDisposed();

    /// <summary>Creates a vector of the same ciphertexts whose low bits the wire leaves out.</summary>
    public CkksVector WithDropped(DroppedBits dropped, VectorBound bound)
        => new(_ring, KeyId, Length, bound, _polynomials.Share(), Seeds, dropped, Summands);

    public override void WriteTo(IBufferWriter<byte> destination)
        => CkksVectorFormat.Write(this, _ring, new WireWriter(destination));

    protected override void Dispose(bool disposing)
    {
        _polynomials.Dispose();
        base.Dispose(disposing);
    }

    private static Digest DigestOf(WeightedSeed weighted)
    {
        Seed seed = weighted.Seed;
        return new Digest(seed);
    }
}
