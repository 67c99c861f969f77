using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A public context completes sums with both polynomials, which others do when there are more contributors than a list of
/// seeds holds.
/// </summary>
/// <param name="inner">A context whose scheme compresses.</param>
/// <param name="isCompressed">Whether sums leave out low bits.</param>
internal sealed class FullSums(HePublicContext inner, bool isCompressed) : HePublicContext(inner.Parameters), IEvaluator
{
    public override IEvaluator Evaluator => this;

    public override IVectorReader Reader => inner.Reader;

    public override IVectorCompressor? Compressor => isCompressed ? inner.Compressor : null;

    public override long EncodedLength(int length, VectorForm form, int seeds = 1) => inner.EncodedLength(length, form, seeds);

    public override long MemoryInBytes(int length, VectorForm form) => inner.MemoryInBytes(length, form);

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => inner.FreshBound(maxAbs, form);

    public EncryptedVector Add(EncryptedVector left, EncryptedVector right) => inner.Evaluator.Add(left, right);

    public IAccumulator CreateAccumulator(int length) => new Accumulator(inner.Evaluator.CreateAccumulator(length), inner.Compressor!);

    private sealed class Accumulator(IAccumulator sum, IVectorCompressor compressor) : IAccumulator
    {
        public int Length => sum.Length;

        public int Count => sum.Count;

        public void Add(EncryptedVector vector, long weight = 1) => sum.Add(vector, weight);

        public EncryptedVector Snapshot() => sum.Snapshot();

        public EncryptedVector Complete()
        {
            using EncryptedVector complete = sum.Complete();
            return compressor.Expand(complete);
        }

        public void Dispose() => sum.Dispose();
    }
}
