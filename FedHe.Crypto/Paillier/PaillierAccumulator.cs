using FedHe.Crypto.Authoring;

namespace FedHe.Crypto.Paillier;

/// <summary>The product of c^w modulo n^2, which encrypts the weighted sum: it does not depend on the order of arrival.</summary>
internal sealed class PaillierAccumulator(PaillierSetup setup, int length)
    : AccumulatorBase<PaillierVector>(setup.Parameters, length)
{
    private PaillierModulus? _modulus;
    private PaillierProduct? _product;

    protected override void Fold(PaillierVector vector, long weight)
    {
        // Refuses a vector that was disposed before anything changes.
        ReadOnlySpan<byte> ciphertexts = vector.Bytes;
        _modulus ??= vector.Modulus;
        PaillierProduct product = _product ??= _modulus.Arithmetic.CreateProduct(vector.CiphertextCount);
        int length = setup.Parameters.CiphertextLength;
        PaillierBatches.Run(
            ciphertexts,
            vector.CiphertextCount,
            setup.MaxDegreeOfParallelism,
            (bytes, first, end) => product.MultiplyPower(first, bytes[(first * length)..(end * length)], weight));
    }

    protected override PaillierVector CopySum()
    {
        PaillierProduct product = _product!;
        int length = setup.Parameters.CiphertextLength;
        var block = new PaillierBlock(setup.Parameters, Length);
        var sum = new PaillierVector(setup, _modulus!, Length, Bound, block);
        PaillierBatches.Run(
            block.Bytes,
            sum.CiphertextCount,
            setup.MaxDegreeOfParallelism,
            (bytes, first, end) => product.CopyTo(first, bytes[(first * length)..(end * length)]));
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
        _product?.Dispose();
        _product = null;
    }
}
