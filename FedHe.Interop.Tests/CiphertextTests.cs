using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.TestKit.Numerics;

namespace FedHe.Interop.Tests;

[Collection(OneSeal.Name)]
public sealed class CiphertextTests(SealPeer peer)
{
    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void Ciphertexts_MadeBySeal_AreDecryptedByFedHeWithinTheBound(int index)
    {
        using var setting = new InteropSetting(peer, ParameterCase.All[index]);
        VectorBound bound = setting.Exchange.FreshBound(1);
        VectorBound symmetric = setting.Context.Public.FreshBound(1, VectorForm.Seeded);
        var random = new Random(index);
        foreach (ValuePattern pattern in TestVectors.Patterns)
        {
            foreach (SealEncryption how in Enum.GetValues<SealEncryption>())
            {
                double[] values = TestVectors.Create(setting.Slots, pattern, maxAbs: 1, random);
                using EncryptedVector vector = setting.Read(
                    setting.SealEncrypt(values, how, zlib: pattern == ValuePattern.Uniform), values.Length, bound);

                // SEAL's noise under the secret key is that of FedHe, and far below what the vector promises.
                double error = InteropSetting.LargestDifference(setting.Decrypt(vector), values);
                error.Should().BeLessThanOrEqualTo(bound.ErrorBound, $"{pattern}, {how}");
                error.Should().BeLessThanOrEqualTo(
                    how == SealEncryption.Public ? bound.ErrorBound : symmetric.ErrorBound, $"{pattern}, {how}");
            }
        }
    }

    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void Ciphertexts_MadeByFedHe_AreDecryptedBySealWithinTheBound(int index)
    {
        using var setting = new InteropSetting(peer, ParameterCase.All[index]);
        var random = new Random(index);
        foreach (ValuePattern pattern in TestVectors.Patterns)
        {
            double[] values = TestVectors.Create(setting.Slots + 7, pattern, maxAbs: 1, random);
            foreach (EncryptionKey key in (EncryptionKey[])[setting.Keys.SecretKey, setting.Keys.PublicKey])
            {
                using EncryptedVector vector = setting.Context.CreateEncryptor(key).Encrypt(values, maxAbs: 1);
                double[] decrypted = setting.SealDecrypt(
                    setting.Write(vector, pattern == ValuePattern.Uniform ? InteropSetting.Zlib : null), values.Length);

                InteropSetting.LargestDifference(decrypted, values).Should().BeLessThanOrEqualTo(vector.Bound.ErrorBound, $"{pattern}");
            }
        }
    }

    [SealFact]
    public void Ciphertexts_OfLargeMagnitudes_AreDecryptedWithinTheBound()
    {
        using var setting = new InteropSetting(peer, new ParameterCase(8192, [50, 50, 50], 40));
        double[] values = TestVectors.Create(setting.Slots, ValuePattern.RandomSigns, maxAbs: 1 << 20, new Random(1));
        VectorBound bound = setting.Exchange.FreshBound(1 << 20);
        using EncryptedVector vector = setting.Read(setting.SealEncrypt(values, SealEncryption.Public), values.Length, bound);

        InteropSetting.LargestDifference(setting.Decrypt(vector), values).Should().BeLessThanOrEqualTo(bound.ErrorBound);
        InteropSetting.LargestDifference(setting.SealDecrypt(setting.Write(vector), values.Length), values)
            .Should().BeLessThanOrEqualTo(bound.ErrorBound);
    }

    [SealFact]
    public void Ciphertexts_OfCoefficients_GoThroughSealAsPlaintexts()
    {
        using var setting = new InteropSetting(peer, new ParameterCase(4096, [50, 50], 32, Packing: CkksPacking.Coefficients));
        double[] values = TestVectors.Create(4096, ValuePattern.Uniform, maxAbs: 1, new Random(1));
        VectorBound bound = setting.Exchange.FreshBound(1);
        byte[] plaintext = InteropSetting.Bytes(buffer => setting.Exchange.WritePlaintext(values, maxAbs: 1, buffer));
        foreach (SealEncryption how in Enum.GetValues<SealEncryption>())
        {
            byte[] ciphertext = peer.EncryptPlaintext(plaintext, how);
            using EncryptedVector vector = setting.Read([ciphertext], values.Length, bound);
            var decrypted = new double[values.Length];
            setting.Exchange.TryReadPlaintext(peer.DecryptToPlaintext(ciphertext), decrypted, out _).Should().BeTrue();

            InteropSetting.LargestDifference(setting.Decrypt(vector), values).Should().BeLessThanOrEqualTo(bound.ErrorBound);
            InteropSetting.LargestDifference(decrypted, values).Should().BeLessThanOrEqualTo(bound.ErrorBound);
        }
    }
}
