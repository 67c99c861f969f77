using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL accumulator adds up weighted ciphertexts of SEAL. A weight is a constant of scale 1, so nothing is rescaled.
/// </summary>
internal sealed class SealAccumulator(SealSetting setting, int length)
    : AccumulatorBase<SealVector>(setting.Parameters, length)
{
    private CiphertextHandle[] _sum = [];
    private int _primeCount;

    protected override void CheckLevel(SealVector vector)
    {
        VectorGuard.CheckLevel(_primeCount, vector.PrimeCount);
    }

    protected override void Fold(SealVector vector, long weight)
    {
        // The new sum is built beside the old one, because SEAL can refuse a ciphertext after others were added.
        var added = new CiphertextHandle[vector.CiphertextCount];
        try
        {
            ParallelRanges.Run(
                added.Length,
                setting.MaxDegreeOfParallelism,
                (first, end) => FoldRange(vector, weight, added, first, end));
        }
        catch
        {
            Release(added);
            throw;
        }

        Release(_sum);
        _sum = added;
        _primeCount = vector.PrimeCount;
    }

    protected override SealVector CopySum()
    {
        SealFileLayout layout = setting.LayoutOf(VectorForm.Full, _primeCount);
        var block = new SealBlock(layout.Length, _sum.Length);
        try
        {
            ParallelRanges.Run(_sum.Length, setting.MaxDegreeOfParallelism, (first, end) =>
            {
                for (int i = first; i < end; i++)
                {
                    SealEngine.Save(_sum[i], (saved, index) => layout.Rewrite(saved, block.File(index)), i);
                }
            });
            return new SealVector(setting, KeyId, Length, Bound, VectorForm.Full, _primeCount, block);
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    protected override SealVector TakeSum()
    {
        SealVector sum = CopySum();
        ReleaseSum();
        return sum;
    }

    protected override void ReleaseSum()
    {
        Release(_sum);
        _sum = [];
    }

    private static void Release(CiphertextHandle?[] ciphertexts)
    {
        foreach (CiphertextHandle? ciphertext in ciphertexts)
        {
            ciphertext?.Dispose();
        }
    }

    private void FoldRange(SealVector vector, long weight, CiphertextHandle[] added, int first, int end)
    {
        using MemoryPoolHandle pool = SealEngine.CreateSecretPool();
        using PlaintextHandle factor = SealEngine.CreatePlaintext(pool);
        if (weight > 1)
        {
            setting.Engine.EncodeInteger(weight, vector.PrimeCount, factor);
        }

        for (int i = first; i < end; i++)
        {
            added[i] = SealEngine.CreateCiphertext();
            setting.Engine.Load(vector.File(i), added[i]);
            if (weight > 1)
            {
                setting.Engine.Multiply(added[i], factor);
            }

            if (_sum.Length > 0)
            {
                setting.Engine.AddTo(added[i], _sum[i]);
            }
        }
    }
}
