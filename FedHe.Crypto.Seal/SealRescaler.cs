using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL rescaler spends one prime p on a product with a plaintext scalar x: SEAL encodes x at the scale p,
/// multiplies, and rescales by p. The scale stays exactly the same.
/// </summary>
internal sealed class SealRescaler(SealSetting setting) : IVectorRescaler
{
    public EncryptedVector MultiplyScalar(EncryptedVector vector, double scalar)
    {
        SealVector own = VectorGuard.Check<SealVector>(setting.Parameters, vector);
        VectorGuard.CheckHasLevel(own.SpentDepth == 0);

        ulong prime = setting.Parameters.Moduli[^1];
        if (!(Math.Abs(scalar) <= 1) || Math.Round(scalar * prime) == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(scalar),
                "The scalar must be finite, at most 1 in magnitude and not so small that it rounds to zero.");
        }

        VectorBound bound = setting.Errors.AfterScalarProduct(own.Bound, scalar, prime);
        VectorGuard.CheckFits(setting.Parameters, bound);

        return Multiply(own, scalar, prime, bound);
    }

    private SealVector Multiply(SealVector vector, double scalar, ulong prime, VectorBound bound)
    {
        int primeCount = vector.PrimeCount - 1;
        SealFileLayout layout = setting.LayoutOf(VectorForm.Full, primeCount);
        var block = new SealBlock(layout.Length, vector.CiphertextCount);
        try
        {
            ParallelRanges.Run(vector.CiphertextCount, setting.MaxDegreeOfParallelism, (first, end) =>
            {
                using MemoryPoolHandle pool = SealEngine.CreateSecretPool();
                using PlaintextHandle factor = SealEngine.CreatePlaintext(pool);
                using CiphertextHandle product = SealEngine.CreateCiphertext();
                setting.Engine.EncodeScalar(scalar, prime, factor, pool);
                for (int i = first; i < end; i++)
                {
                    setting.Engine.Load(vector.File(i), product);
                    setting.Engine.Multiply(product, factor);
                    setting.Engine.Rescale(product);
                    SealEngine.Save(product, (saved, index) => layout.Rewrite(saved, block.File(index)), i);
                }
            });
            return new SealVector(setting, vector.KeyId, vector.Length, bound, VectorForm.Full, primeCount, block);
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }
}
