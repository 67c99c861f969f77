using System.Collections.Immutable;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// The sum of w*(c0, c1) modulo every prime: integer arithmetic, so the order of arrival does not matter. While all
/// vectors are seeded, only c0 is added up and the seeds are listed; c1 is computed when a full vector arrives or the list
/// grows long.
/// </summary>
internal sealed class CkksAccumulator(CkksRing ring, int length) : WeightedAccumulator<CkksVector>(ring.Parameters, length)
{
    private SortedDictionary<WeightedSeed, long> _seeds = [];
    private CkksBlock? _sum;

    /// <summary>The full form of one vector.</summary>
    public CkksVector Expand(CkksVector vector)
    {
        _sum = CreateSum(polynomialCount: 2, vector.LimbCount);
        AddScaled(vector, polynomial: 0, weight: 1);
        AddSecondPolynomial(vector, weight: 1);
        var expanded = new CkksVector(ring, vector.KeyId, vector.Length, vector.Bound, _sum);
        _sum = null;
        return expanded;
    }

    protected override void CheckLevel(CkksVector vector)
    {
        if (vector.LimbCount != _sum!.LimbCount)
        {
            Throw.LevelMismatch();
        }
    }

    protected override void Fold(CkksVector vector, long weight)
    {
        // A disposed vector throws here, before a sum of its level exists.
        _ = vector.Limb(ciphertext: 0, polynomial: 0, limb: 0);
        _sum ??= CreateSum(polynomialCount: 1, vector.LimbCount);

        // Whatever can still fail, such as room for c1, comes before the first addition.
        bool isListed = _sum.PolynomialCount == 1 && TryListSeeds(vector, weight);
        if (!isListed)
        {
            StoreSecondPolynomial();
        }

        AddScaled(vector, polynomial: 0, weight);
        if (!isListed)
        {
            AddSecondPolynomial(vector, weight);
        }
    }

    protected override CkksVector CopySum()
    {
        var copy = new CkksBlock(ring.Parameters, Length, _sum!.PolynomialCount, _sum.LimbCount);
        _sum.CopyTo(copy);
        return new CkksVector(ring, KeyId, Length, Bound, copy, ListedSeeds(), DroppedBits.None);
    }

    protected override CkksVector TakeSum()
    {
        var sum = new CkksVector(ring, KeyId, Length, Bound, _sum!, ListedSeeds(), DroppedBits.None);
        _sum = null;
        return sum;
    }

    protected override void ReleaseSum()
    {
        _sum?.Dispose();
        _sum = null;
    }

    private CkksBlock CreateSum(int polynomialCount, int limbCount)
    {
        var sum = new CkksBlock(ring.Parameters, Length, polynomialCount, limbCount);
        sum.Clear();
        return sum;
    }

    private ImmutableArray<WeightedSeed> ListedSeeds()
        => [.. _seeds.Select(pair => new WeightedSeed(pair.Key.Seed, pair.Value))];

    /// <summary>Lists a vector's seeds, unless it has none, the list is full or a weight would overflow; then nothing changes.</summary>
    private bool TryListSeeds(CkksVector vector, long weight)
    {
        if (vector.Seeds.IsEmpty || _seeds.Count + vector.Seeds.Length > CkksVectorFormat.MaxSeeds)
        {
            return false;
        }

        var listed = new List<(WeightedSeed Seed, long Weight)>();
        foreach (WeightedSeed seed in vector.Seeds)
        {
            Int128 total = ((Int128)weight * seed.Weight) + (_seeds.TryGetValue(seed, out long present) ? present : 0);
            if (total > long.MaxValue)
            {
                return false;
            }

            listed.Add((seed, (long)total));
        }

        foreach ((WeightedSeed seed, long total) in listed)
        {
            _seeds[seed] = total;
        }

        return true;
    }

    /// <summary>Makes room for c1, beside c0 where it is, and adds the expansions of all seeds listed so far.</summary>
    private void StoreSecondPolynomial()
    {
        if (_sum!.PolynomialCount == 2)
        {
            return;
        }

        using var first = new CkksVector(ring, KeyId, Length, Bound, _sum, ListedSeeds(), DroppedBits.None);
        _sum = _sum.WithSecondPolynomial();
        if (!first.Seeds.IsEmpty)
        {
            AddSecondPolynomial(first, weight: 1);
        }

        _seeds = [];
    }

    private void AddScaled(CkksVector vector, int polynomial, long weight)
    {
        CkksBlock sum = _sum!;
        ParallelRanges.Run(vector.CiphertextCount, ring.MaxDegreeOfParallelism, (first, end) =>
        {
            for (int limb = 0; limb < vector.LimbCount; limb++)
            {
                ulong modulus = ring.Parameters.Moduli[limb];
                var factor = ShoupFactor.Create((ulong)weight % modulus, modulus);
                for (int ciphertext = first; ciphertext < end; ciphertext++)
                {
                    PolynomialKernel.Default.AddScaled(
                        sum.Limb(ciphertext, polynomial, limb), vector.Limb(ciphertext, polynomial, limb), factor, modulus);
                }
            }
        });
    }

    private void AddSecondPolynomial(CkksVector vector, long weight)
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
                    ReadOnlySpan<ulong> polynomial = c1.Limb(ciphertext, limb, workspace.Polynomial, workspace.SecondPolynomial);
                    PolynomialKernel.Default.AddScaled(sum.Limb(ciphertext, 1, limb), polynomial, factor, modulus);
                }
            }
        });
    }
}
