using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Evaluation;

/// <summary>
/// A CKKS accumulator adds up w*(c0, c1) modulo every prime, in integer arithmetic, so that the order of arrival does
/// not matter.
/// </summary>
/// <remarks>
/// While all vectors are seeded, only c0 is added up and the seeds are listed. The accumulator computes c1 when a full
/// vector arrives or the list grows too long.
/// </remarks>
internal sealed class CkksAccumulator(CkksRing ring, int length) : AccumulatorBase<CkksVector>(ring.Parameters, length)
{
    // At most 64, in ascending order.
    private List<WeightedSeed> _seeds = [];
    private readonly HashSet<Digest> _summands = [];
    private CkksBlock? _sum;

    /// <summary>Returns the full form of one vector.</summary>
    public CkksVector Expand(CkksVector vector)
    {
        _sum = CreateSum(polynomialCount: 2, vector.LimbCount);
        Accumulate(vector, weight: 1, isFirst: true);
        AccumulateSecondPolynomial(vector, weight: 1, isFirst: true);

        // Exact integers remember the bits that were left out, because the plan counts the loss once.
        DroppedBits dropped = ring.Parameters.ExactIntegers is null ? DroppedBits.None : vector.Dropped;
        var expanded = new CkksVector(ring, vector.KeyId, vector.Length, vector.Bound, _sum, seeds: [], dropped, vector.Summands);
        _sum = null;
        return expanded;
    }

    protected override void CheckLevel(CkksVector vector)
    {
        VectorGuard.CheckLevel(_sum!.LimbCount, vector.LimbCount);
    }

    protected override bool IsIndependent(CkksVector vector)
        => !_summands.Overlaps(vector.Summands);

    protected override void Fold(CkksVector vector, long weight)
    {
        if (vector.IsSum && vector.Dropped != DroppedBits.None)
        {
            throw Throw.SumWithoutLowBits();
        }

        // A disposed vector throws here, before a sum of its level exists.
        vector.ThrowIfDisposed();

        // Steps that can fail, such as making room for c1, come before the first addition.
        List<WeightedSeed>? seeds = SeedsWith(vector, weight);
        bool isFirst = _sum is null;
        if (isFirst)
        {
            _sum = CreateSum(seeds is null ? 2 : 1, vector.LimbCount);
        }
        else if (seeds is null)
        {
            StoreSecondPolynomial();
        }

        _summands.UnionWith(vector.Summands);
        Accumulate(vector, weight, isFirst);
        if (seeds is null)
        {
            AccumulateSecondPolynomial(vector, weight, isFirst);
        }

        _seeds = seeds ?? [];
    }

    protected override CkksVector CopySum()
    {
        var copy = new CkksBlock(ring.Parameters, Length, _sum!.PolynomialCount, _sum.LimbCount);
        _sum.CopyTo(copy);
        return new CkksVector(ring, KeyId, Length, Bound, copy, [.. _seeds], DroppedBits.None, new HashSet<Digest>(_summands));
    }

    protected override CkksVector TakeSum()
    {
        var sum = new CkksVector(ring, KeyId, Length, Bound, _sum!, [.. _seeds], DroppedBits.None, _summands);
        _sum = null;
        return sum;
    }

    protected override void ReleaseSum()
    {
        _sum?.Dispose();
        _sum = null;
    }

    /// <summary>Creates room for a sum, which the first vector overwrites.</summary>
    private CkksBlock CreateSum(int polynomialCount, int limbCount) => new(ring.Parameters, Length, polynomialCount, limbCount);

    /// <summary>
    /// Adds the seeds of a vector to a copy of the list. The result is null where seeds cannot stand for c1: it is stored,
    /// the list would grow too long or a weight would overflow.
    /// </summary>
    private List<WeightedSeed>? SeedsWith(CkksVector vector, long weight)
    {
        bool isStored = vector.Seeds.IsEmpty || _sum?.PolynomialCount == 2;
        if (isStored || _seeds.Count + vector.Seeds.Length > CkksVectorFormat.MaxSeeds)
        {
            return null;
        }

        List<WeightedSeed> seeds = [.. _seeds];
        foreach (WeightedSeed seed in vector.Seeds)
        {
            int index = PositionOf(seed, seeds, out bool isListed);
            Int128 total = ((Int128)weight * seed.Weight) + (isListed ? seeds[index].Weight : 0);
            if (total > long.MaxValue)
            {
                return null;
            }

            var counted = new WeightedSeed(seed.Seed, (long)total);
            if (isListed)
            {
                seeds[index] = counted;
            }
            else
            {
                seeds.Insert(index, counted);
            }
        }

        return seeds;
    }

    private static int PositionOf(WeightedSeed seed, List<WeightedSeed> seeds, out bool isListed)
    {
        int index = 0;
        int order = 1;
        while (index < seeds.Count && (order = seed.CompareTo(seeds[index])) > 0)
        {
            index++;
        }

        isListed = order == 0;
        return index;
    }

    /// <summary>Creates room for c1 beside c0, and adds the expansions of all seeds listed so far.</summary>
    private void StoreSecondPolynomial()
    {
        if (_sum!.PolynomialCount == 2)
        {
            return;
        }

        // If there is no memory for c1, this throws before the sum changes.
        CkksBlock full = _sum.WithSecondPolynomial();
        using var first = new CkksVector(ring, KeyId, Length, Bound, _sum, [.. _seeds], DroppedBits.None);
        _sum = full;
        AccumulateSecondPolynomial(first, weight: 1, isFirst: true);
    }

    private void Accumulate(CkksVector vector, long weight, bool isFirst)
    {
        CkksBlock sum = _sum!;
        ParallelRanges.Run(vector.CiphertextCount, ring.MaxDegreeOfParallelism, (first, end) =>
        {
            var scratch = new BlockBuffer(ring.Degree);
            for (int limb = 0; limb < vector.LimbCount; limb++)
            {
                ulong modulus = ring.Parameters.Moduli[limb];
                var factor = ShoupFactor.Create((ulong)weight % modulus, modulus);
                for (int ciphertext = first; ciphertext < end; ciphertext++)
                {
                    Span<ulong> destination = sum.Limb(ciphertext, polynomial: 0, limb);
                    ReadOnlySpan<ulong> polynomial = vector.Limb(
                        ciphertext, polynomial: 0, limb, isFirst ? destination : scratch.Span);
                    Accumulate(polynomial, factor, modulus, isFirst, destination);
                }
            }

            scratch.Release();
        });
    }

    private void AccumulateSecondPolynomial(CkksVector vector, long weight, bool isFirst)
    {
        CkksBlock sum = _sum!;
        ParallelRanges.Run(vector.CiphertextCount, ring.MaxDegreeOfParallelism, (first, end) =>
        {
            using CkksPolynomialSource c1 = new(ring, vector);
            using CkksWorkspace workspace = ring.Workspaces.Rent();
            for (int limb = 0; limb < vector.LimbCount; limb++)
            {
                ulong modulus = ring.Parameters.Moduli[limb];
                var factor = ShoupFactor.Create((ulong)weight % modulus, modulus);
                for (int ciphertext = first; ciphertext < end; ciphertext++)
                {
                    ReadOnlySpan<ulong> polynomial = c1.Limb(ciphertext, limb, workspace);
                    Accumulate(polynomial, factor, modulus, isFirst, sum.Limb(ciphertext, polynomial: 1, limb));
                }
            }
        });
    }

    /// <summary>Computes sum += w*x. For the first vector sum = w*x, which saves clearing the memory.</summary>
    private static void Accumulate(
        ReadOnlySpan<ulong> polynomial, ShoupFactor factor, ulong modulus, bool isFirst, Span<ulong> sum)
    {
        if (isFirst)
        {
            polynomial.CopyTo(sum);
            PolynomialKernel.Default.Scale(sum, factor, modulus);
        }
        else
        {
            PolynomialKernel.Default.AddScaled(sum, polynomial, factor, modulus);
        }
    }
}
