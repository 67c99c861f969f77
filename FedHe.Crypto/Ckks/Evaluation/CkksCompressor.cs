using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Ckks.Evaluation;

/// <summary>A CKKS compressor leaves out low bits of ciphertexts on the wire, and expands seeds.</summary>
internal sealed class CkksCompressor(CkksRing ring) : IVectorCompressor
{
    public EncryptedVector Compress(EncryptedVector vector, double maxAddedDeviation)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(ring.Parameters, vector);
        DroppedBits dropped = Droppable(own.Form, maxAddedDeviation, own.IsSum);
        if (ring.Parameters.ExactIntegers is not null && own.Dropped != DroppedBits.None)
        {
            // The plan counts the loss once, so a vector that left out bits before keeps all others.
            dropped = own.Dropped;
        }

        VectorBound bound = WithLoss(own.Bound, dropped);
        VectorGuard.CheckFits(ring.Parameters, bound);
        return own.WithDropped(dropped, bound);
    }

    public EncryptedVector Expand(EncryptedVector vector)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(ring.Parameters, vector);
        using var sum = new CkksAccumulator(ring, own.Length);
        return sum.Expand(own);
    }

    public long EncodedLength(int length, VectorForm form, double maxAddedDeviation, int seeds = 1)
        => CkksVectorFormat.EncodedLength(
            ring.Parameters, length, form, ring.LimbCount, seeds, Droppable(form, maxAddedDeviation, isSum: seeds > 1));

    public VectorBound CompressedBound(VectorBound bound, VectorForm form, double maxAddedDeviation)
        => WithLoss(bound, Droppable(form, maxAddedDeviation, isSum: false));

    private VectorBound WithLoss(VectorBound bound, DroppedBits dropped)
        => dropped == DroppedBits.None || ring.Parameters.ExactIntegers is not null
            ? bound
            : bound.Add(ring.Errors.Dropping(dropped)).RoundUp();

    private DroppedBits Droppable(VectorForm form, double maxAddedDeviation, bool isSum)
    {
        if (!(maxAddedDeviation > 0) || !double.IsFinite(maxAddedDeviation))
        {
            throw new ArgumentOutOfRangeException(nameof(maxAddedDeviation), "The deviation must be positive and finite.");
        }

        return ring.Parameters.ExactIntegers?.DroppedOf(form, isSum) ?? CkksTruncation.For(ring, form, maxAddedDeviation);
    }
}
