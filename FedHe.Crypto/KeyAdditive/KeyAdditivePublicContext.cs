using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.KeyAdditive.Evaluation;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.KeyAdditive;

/// <summary>A public key-additive context adds and reads uploads of one parameter set without a key.</summary>
internal sealed class KeyAdditivePublicContext(KeyAdditiveRing ring) : HePublicContext(ring.Parameters)
{
    public override IEvaluator Evaluator { get; } = new KeyAdditiveEvaluator(ring);

    public override IVectorReader Reader { get; } = new KeyAdditiveVectorReader(ring);

    public override int MaxDegreeOfParallelism => ring.MaxDegreeOfParallelism;

    public override bool AddsWeights => false;

    /// <inheritdoc/>
    /// <remarks>The number of seeds is the number of uploads in a sum, whose codes have more bits.</remarks>
    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => KeyAdditiveVectorFormat.EncodedLength(
            ring.Parameters, length, SumRange.Window(ring.Parameters, seeds) ?? SumRange.Full(ring.Parameters, seeds));

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form)
        => CoefficientSums.SizeInBytes(ring.Parameters) * (long)ring.Degree * KeyAdditiveVectorFormat.CiphertextsOf(ring.Parameters, length);

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => KeyAdditiveFreshBound.Of(ring.Parameters, maxAbs);
}
