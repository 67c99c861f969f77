using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Evaluation;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// A public CKKS context adds, compresses, rescales and reads vectors of one parameter set without a key.
/// </summary>
internal sealed class CkksPublicContext(CkksRing ring) : HePublicContext(ring.Parameters)
{
    public override IEvaluator Evaluator { get; } = new CkksEvaluator(ring);

    public override IVectorReader Reader { get; } = new CkksVectorReader(ring);

    public override IVectorCompressor? Compressor { get; } = new CkksCompressor(ring);

    public override IVectorRescaler? Rescaler { get; } = ring.Parameters.Depth > 0 ? new CkksRescaler(ring) : null;

    public override int MaxDegreeOfParallelism => ring.MaxDegreeOfParallelism;

    public override ICiphertextResidues? Residues { get; } = new CkksResidues(ring);

    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => CkksVectorFormat.EncodedLength(ring.Parameters, length, form, ring.LimbCount, seeds, DroppedBits.None);

    public override VectorForm SumForm(VectorForm freshForm, int contributors)
        => freshForm == VectorForm.Full || contributors > CkksVectorFormat.MaxSeeds ? VectorForm.Full : VectorForm.SeedList;

    public override long MemoryInBytes(int length, VectorForm form)
        => sizeof(ulong) * CkksBlock.WordsOf(ring.Parameters, length, CkksBlock.PolynomialsOf(form), ring.LimbCount);

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => CkksFreshBound.Of(ring, maxAbs, form);
}
