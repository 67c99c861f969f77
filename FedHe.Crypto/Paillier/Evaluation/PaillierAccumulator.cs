using FedHe.Crypto.Authoring;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Vectors;

namespace FedHe.Crypto.Paillier.Evaluation;

/// <summary>
/// A Paillier accumulator multiplies up c^w modulo n^2 over all vectors, which does not depend on their order.
/// </summary>
internal sealed class PaillierAccumulator(PaillierParameters parameters, CiphertextBatches batches, int length)
    : AccumulatorBase<PaillierVector>(parameters, length)
{
    private PaillierModulus? _modulus;
    private CiphertextProducts? _products;

    protected override void Fold(PaillierVector vector, long weight)
    {
        // Refuses a vector that was disposed before anything changes.
        ReadOnlySpan<byte> ciphertexts = vector.Bytes;
        _modulus ??= vector.Modulus;
        CiphertextProducts products = _products ??= new CiphertextProducts(_modulus.Arithmetic, vector.CiphertextCount);
        int length = parameters.CiphertextLength;
        batches.Run(
            ciphertexts,
            vector.CiphertextCount,
            (bytes, first, end) => products.MultiplyPower(first, bytes[(first * length)..(end * length)], weight));
    }

    protected override PaillierVector CopySum()
    {
        CiphertextProducts products = _products!;
        int length = parameters.CiphertextLength;
        var ciphertexts = new PaillierCiphertexts(parameters, Length);
        var sum = new PaillierVector(parameters, _modulus!, Length, Bound, ciphertexts);
        batches.Run(
            ciphertexts.Bytes,
            sum.CiphertextCount,
            (bytes, first, end) => products.CopyTo(first, bytes[(first * length)..(end * length)]));
        return sum;
    }

    protected override PaillierVector TakeSum()
    {
        PaillierVector sum = CopySum();
        ReleaseSum();
        return sum;
    }

    protected override void ReleaseSum()
    {
        _products?.Dispose();
        _products = null;
    }
}
