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
    private int _position;
    private int _contributors;
    private bool _isBroken;

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

        ThrowIfBroken();

        // A disposed vector throws here, before anything changes. Bytes that were read in place may have changed since they were checked.
        if (!PackedCoefficients.AreInRange(vector.Bytes, ring, vector.CiphertextCount, vector.Range, vector.Contributors))
        {
            throw OutOfRange();
        }

        if (_sums is null)
        {
            _sums = FirstSums(vector);
            _position = vector.Position;
        }
        else
        {
            AddTo(_sums, vector);
        }

        _contributors += vector.Contributors;
    }

    protected override KeyAdditiveVector CopySum()
    {
        ThrowIfBroken();
        PackedCoefficients? packed = Window is SumRange window ? _sums!.TryCopyPacked(window) : null;
        return VectorOf(packed ?? _sums!.TryCopyPacked(Full)!);
    }

    protected override KeyAdditiveVector TakeSum()
    {
        ThrowIfBroken();
        SumRange range = Window is SumRange window && _sums!.AreWithin(window) ? window : Full;
        PackedCoefficients packed = _sums!.TakePacked(range);
        _sums = null;
        return VectorOf(packed);
    }

    protected override void ReleaseSum()
    {
        _sums?.Release();
        _sums = null;
    }

    private SumRange Full => SumRange.Full(ring.Parameters, _contributors);

    private SumRange? Window => SumRange.Window(ring.Parameters, _contributors);

    private static HeFormatException OutOfRange() => new(FormatError.FieldOutOfRange, "encrypted vector");

    /// <summary>Begins sums with a vector. They are nobody's until all of it is in them: their memory has been others' before.</summary>
    private CoefficientSums FirstSums(KeyAdditiveVector vector)
    {
        long words = (long)vector.CiphertextCount * ring.Degree;
        CoefficientSums sums = words <= Array.MaxLength ? CoefficientSums.Create(ring, vector.CiphertextCount) : throw Throw.VectorTooLong();
        try
        {
            ParallelRanges.Run(vector.CiphertextCount, ring.MaxDegreeOfParallelism, (first, end) =>
            {
                for (int ciphertext = first; ciphertext < end; ciphertext++)
                {
                    if (!sums.TrySet(ciphertext, vector.Ciphertext(ciphertext), vector.Range))
                    {
                        throw OutOfRange();
                    }
                }
            });
            return sums;
        }
        catch
        {
            sums.Release();
            throw;
        }
    }

    /// <summary>Adds a vector. Where that ends halfway, nobody knows what the sum is, and nobody gets it.</summary>
    private void AddTo(CoefficientSums sums, KeyAdditiveVector vector)
    {
        _isBroken = true;
        ParallelRanges.Run(vector.CiphertextCount, ring.MaxDegreeOfParallelism, (first, end) =>
        {
            for (int ciphertext = first; ciphertext < end; ciphertext++)
            {
                sums.Add(ciphertext, vector.Ciphertext(ciphertext), vector.Range);
            }
        });
        _isBroken = false;
    }

    private void ThrowIfBroken()
    {
        if (_isBroken)
        {
            throw Throw.AccumulatorBroken();
        }
    }

    private KeyAdditiveVector VectorOf(PackedCoefficients packed) => new(ring.Parameters, KeyId, Length, _position, _contributors, packed);
}
