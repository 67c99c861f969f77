using FedHe.Crypto.Authoring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>
/// A key-additive accumulator adds up the bits that uploads send, over the integers, so that nothing wraps around and the
/// order of arrival does not matter.
/// </summary>
/// <remarks>
/// Every upload counts once: with integer weights w the opened sum of w*s would give the round keys away, since the
/// coefficients of a key are small. Clients multiply their values by their weights instead.
/// </remarks>
internal sealed class KeyAdditiveAccumulator(KeyAdditiveRing ring, int length)
    : AccumulatorBase<KeyAdditiveVector>(ring.Parameters, length)
{
    private CoefficientSums? _sums;
    private int _ciphertexts;
    private int _position;
    private int _contributors;

    protected override void CheckLevel(KeyAdditiveVector vector)
    {
        if (vector.Position != _position)
        {
            throw Throw.PositionMismatch();
        }
    }

    protected override void Fold(KeyAdditiveVector vector, long weight)
    {
        if (weight != 1)
        {
            throw Throw.WeightedRoundKeys();
        }

        if (vector.Contributors > ring.Parameters.MaxContributors - _contributors)
        {
            throw Throw.TooManyContributors(ring.Parameters.MaxContributors);
        }

        // A disposed vector throws here, before anything changes.
        _ = vector.Bytes;
        if (_sums is null)
        {
            long words = (long)vector.CiphertextCount * ring.Degree;
            _sums = words <= Array.MaxLength ? CoefficientSums.Create(ring, vector.CiphertextCount) : throw Throw.VectorTooLong();
            _ciphertexts = vector.CiphertextCount;
            _position = vector.Position;
        }

        CoefficientSums sums = _sums;
        ParallelRanges.Run(vector.CiphertextCount, ring.MaxDegreeOfParallelism, (first, end) =>
        {
            for (int ciphertext = first; ciphertext < end; ciphertext++)
            {
                sums.Add(ciphertext, vector.Ciphertext(ciphertext), vector.Range);
            }
        });
        _contributors += vector.Contributors;
    }

    protected override KeyAdditiveVector CopySum()
    {
        KeyAdditiveParameters parameters = ring.Parameters;
        if (SumRange.Window(parameters, _contributors) is SumRange window && TryPack(window) is { } packed)
        {
            return new KeyAdditiveVector(parameters, KeyId, Length, _position, _contributors, packed);
        }

        PackedCoefficients full = TryPack(SumRange.Full(parameters, _contributors))!;
        return new KeyAdditiveVector(parameters, KeyId, Length, _position, _contributors, full);
    }

    protected override KeyAdditiveVector TakeSum()
    {
        KeyAdditiveVector sum = CopySum();
        ReleaseSum();
        return sum;
    }

    protected override void ReleaseSum()
    {
        _sums?.Release();
        _sums = null;
    }

    /// <summary>Packs the sums, or returns null where a sum is outside the range.</summary>
    private PackedCoefficients? TryPack(SumRange range)
    {
        CoefficientSums sums = _sums!;
        var packed = new PackedCoefficients(ring.Parameters, _ciphertexts, range);
        int outside = 0;
        ParallelRanges.Run(_ciphertexts, ring.MaxDegreeOfParallelism, (first, end) =>
        {
            using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
            for (int ciphertext = first; ciphertext < end; ciphertext++)
            {
                if (!sums.TryPack(ciphertext, range, workspace, packed.Ciphertext(ciphertext)))
                {
                    Volatile.Write(ref outside, 1);
                    return;
                }
            }
        });
        if (outside == 0)
        {
            return packed;
        }

        packed.Dispose();
        return null;
    }
}
