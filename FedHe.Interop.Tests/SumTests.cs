using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Numerics;

namespace FedHe.Interop.Tests;

/// <summary>Sums over ciphertexts of both sides, made by either, decrypted by both.</summary>
[Collection(OneSeal.Name)]
public sealed class SumTests(SealPeer peer)
{
    private static readonly long[] Weights = [1, 150, 7, 42];

    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void WeightedSums_MadeBySeal_AreDecryptedByFedHeWithinTheBound(int index)
    {
        using var setting = new InteropSetting(peer, ParameterCase.All[index]);
        VectorBound fresh = setting.Exchange.FreshBound(1);
        VectorBound bound = Weights.Select(weight => fresh.Scale(weight)).Aggregate((sum, next) => sum.Add(next));
        foreach (ValuePattern pattern in (ValuePattern[])[ValuePattern.Uniform, ValuePattern.RandomSigns, ValuePattern.Maximum])
        {
            double[][] values = Values(setting.Slots, pattern, index);
            ReadOnlyMemory<byte>[] ciphertexts = Ciphertexts(setting, values);
            byte[] sum = peer.WeightedSum(ciphertexts, Weights, zlib: pattern == ValuePattern.Maximum);
            using EncryptedVector read = setting.Read([sum], setting.Slots, bound);

            InteropSetting.LargestDifference(setting.Decrypt(read), Exact(values))
                .Should().BeLessThanOrEqualTo(bound.ErrorBound, $"{pattern}");
        }
    }

    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void WeightedSums_MadeByFedHe_AreDecryptedBySealWithinTheBound(int index)
    {
        using var setting = new InteropSetting(peer, ParameterCase.All[index]);
        foreach (ValuePattern pattern in (ValuePattern[])[ValuePattern.Uniform, ValuePattern.RandomSigns, ValuePattern.Maximum])
        {
            double[][] values = Values(setting.Slots, pattern, index);
            ReadOnlyMemory<byte>[] ciphertexts = Ciphertexts(setting, values);
            using IAccumulator sum = setting.Context.Public.Evaluator.CreateAccumulator(setting.Slots);
            for (int i = 0; i < values.Length; i++)
            {
                using EncryptedVector vector = setting.Read([ciphertexts[i]], setting.Slots, setting.Exchange.FreshBound(1));
                sum.Add(vector, Weights[i]);
            }

            using EncryptedVector total = sum.Complete();
            double[] decrypted = setting.SealDecrypt(setting.Write(total), setting.Slots);

            InteropSetting.LargestDifference(decrypted, Exact(values))
                .Should().BeLessThanOrEqualTo(total.Bound.ErrorBound, $"{pattern}");
            InteropSetting.LargestDifference(setting.Decrypt(total), Exact(values))
                .Should().BeLessThanOrEqualTo(total.Bound.ErrorBound, $"{pattern}");
        }
    }

    [SealTheory]
    [MemberData(nameof(ParameterCase.IndicesWithDepth), MemberType = typeof(ParameterCase))]
    public void RescaledProducts_OfEitherSide_AreDecryptedByTheOther(int index)
    {
        using var setting = new InteropSetting(peer, ParameterCase.All[index]);
        IVectorRescaler rescaler = setting.Context.Public.Rescaler!;
        VectorBound fresh = setting.Exchange.FreshBound(1);
        double[] values = TestVectors.Create(setting.Slots, ValuePattern.Uniform, maxAbs: 1, new Random(index));
        ReadOnlyMemory<byte> ciphertext = setting.SealEncrypt(values, SealEncryption.Public)[0];
        foreach (double factor in (double[])[1, 0.3, -0.75, 1.0 / 4096])
        {
            double[] exact = [.. values.Select(value => value * factor)];
            VectorBound bound = setting.Exchange.RescaledBound(fresh, factor);
            byte[] bySeal = peer.RescaledProduct(ciphertext, factor, setting.Parameters.Moduli[^1]);
            using EncryptedVector read = setting.Read([bySeal], setting.Slots, bound);
            read.SpentDepth.Should().Be(1);
            InteropSetting.LargestDifference(setting.Decrypt(read), exact)
                .Should().BeLessThanOrEqualTo(bound.ErrorBound, $"{factor} by SEAL");

            using EncryptedVector vector = setting.Read([ciphertext], setting.Slots, fresh);
            using EncryptedVector byFedHe = rescaler.MultiplyScalar(vector, factor);
            double[] decrypted = setting.SealDecrypt(setting.Write(byFedHe), setting.Slots);
            InteropSetting.LargestDifference(decrypted, exact)
                .Should().BeLessThanOrEqualTo(byFedHe.Bound.ErrorBound, $"{factor} by FedHe");

            // Both results are at one level and one scale: they add up.
            VectorBound both = bound.Add(byFedHe.Bound);
            byte[] sum = peer.WeightedSum([bySeal, setting.Write(byFedHe)[0]], [1, 1]);
            using EncryptedVector added = setting.Read([sum], setting.Slots, both);
            InteropSetting.LargestDifference(setting.Decrypt(added), [.. exact.Select(value => 2 * value)])
                .Should().BeLessThanOrEqualTo(both.ErrorBound);
        }
    }

    private static double[][] Values(int count, ValuePattern pattern, int seed)
        => [.. Weights.Select((_, i) => TestVectors.Create(count, pattern, maxAbs: 1, new Random((100 * seed) + i)))];

    private static double[] Exact(double[][] values)
    {
        double At(int i) => Enumerable.Range(0, values.Length).Sum(client => Weights[client] * values[client][i]);
        return [.. Enumerable.Range(0, values[0].Length).Select(At)];
    }

    /// <summary>One ciphertext of each kind: three by SEAL, one by FedHe.</summary>
    private static ReadOnlyMemory<byte>[] Ciphertexts(InteropSetting setting, double[][] values)
    {
        using EncryptedVector own = setting.Context.CreateEncryptor(setting.Keys.SecretKey).Encrypt(values[3], maxAbs: 1);
        return
        [
            setting.SealEncrypt(values[0], SealEncryption.Public)[0],
            setting.SealEncrypt(values[1], SealEncryption.Symmetric)[0],
            setting.SealEncrypt(values[2], SealEncryption.Seeded, zlib: true)[0],
            setting.Write(own)[0],
        ];
    }
}
