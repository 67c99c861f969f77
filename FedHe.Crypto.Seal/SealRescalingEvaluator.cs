using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// Spends one prime p on a product with a plaintext scalar x: SEAL encodes x at the scale p, multiplies, and rescales
/// by p. The scale is unchanged, exactly.
/// </summary>
internal sealed class SealRescalingEvaluator(SealSetting setting) : SealEvaluator(setting), IRescalingEvaluator
{
    public EncryptedVector MultiplyScalar(EncryptedVector vector, double scalar)
    {
        SealVector own = VectorGuard.Check<SealVector>(Setting.Parameters, vector);
        if (own.SpentDepth > 0)
        {
            Throw.NoLevelLeft();
        }

        ulong prime = Setting.Parameters.Moduli[^1];
        if (!(Math.Abs(scalar) <= 1) || Math.Round(scalar * prime) == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(scalar),
                "The scalar must be finite, at most 1 in magnitude and not so small that it rounds to zero.");
        }

        VectorBound bound = Setting.Errors.AfterScalarProduct(own.Bound, scalar, prime);
        if (!VectorGuard.Fits(Setting.Parameters, bound))
        {
            Throw.ValuesExceedCapacity();
        }

        return Multiply(own, scalar, prime, bound);
    }

    private SealVector Multiply(SealVector vector, double scalar, ulong prime, VectorBound bound)
    {
        int primeCount = vector.PrimeCount - 1;
        SealFileLayout layout = Setting.LayoutOf(VectorForm.Full, primeCount);
        var block = new SealBlock(layout.Length, vector.CiphertextCount);
        try
        {
            ParallelRanges.Run(vector.CiphertextCount, Setting.MaxDegreeOfParallelism, (first, end) =>
            {
                using MemoryPoolHandle pool = SealEngine.CreateSecretPool();
                using PlaintextHandle factor = SealEngine.CreatePlaintext(pool);
                using CiphertextHandle product = SealEngine.CreateCiphertext();
                Setting.Engine.EncodeScalar(scalar, prime, factor, pool);
                for (int i = first; i < end; i++)
                {
                    Setting.Engine.Load(vector.File(i), product);
                    Setting.Engine.Multiply(product, factor);
                    Setting.Engine.Rescale(product);
                    SealEngine.Save(product, (saved, index) => layout.Rewrite(saved, block.File(index)), i);
                }
            });
            return new SealVector(Setting, vector.KeyId, vector.Length, bound, VectorForm.Full, primeCount, block);
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }
}
