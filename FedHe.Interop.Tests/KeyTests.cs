using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.SealFormat;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;

namespace FedHe.Interop.Tests;

[Collection(OneSeal.Name)]
public sealed class KeyTests(SealPeer peer)
{
    private static readonly SealWriteOptions AsThePeer = new() { Version = new SealVersion(4, 1) };

    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void Keys_MadeBySeal_WorkInFedHeAndAreWrittenAsSealDoes(int index)
    {
        ParameterCase parameters = ParameterCase.All[index];
        peer.CreateContext(parameters.Degree, parameters.BitSizes);
        SealEncryptionParameters seal = SealEncryptionParameters.Create(parameters.Degree, [.. parameters.BitSizes]);
        using HeContext context = new CkksScheme().CreateContext(seal.ToCkksParameters(parameters.LogScale, parameters.Depth));
        var exchange = new SealExchange(context, seal);
        foreach ((bool seeded, bool zlib) in ((bool, bool)[])[(false, false), (true, false), (true, true)])
        {
            SealPeerKeys made = peer.CreateKeys(seeded, zlib);
            exchange.TryReadPublicKey(made.PublicKey, out PublicKey? publicKey, out _).Should().BeTrue();
            exchange.TryReadSecretKey(
                made.SecretKey, publicKey!, SecretKeyExportPolicy.Clear, out SecretKey? secretKey, out _).Should().BeTrue();
            using (secretKey)
            {
                CheckRoundTrip(context, publicKey!, secretKey!);
                byte[] written = InteropSetting.Bytes(buffer => exchange.WriteSecretKey(secretKey!, buffer, AsThePeer));
                if (!zlib)
                {
                    written.Should().Equal(made.SecretKey, "every byte is what SEAL wrote");
                }
            }

            exchange.TryReadKeyPair(made.SecretKey, SecretKeyExportPolicy.None, out KeyPair? keys, out _).Should().BeTrue();
            using (keys)
            {
                CheckRoundTrip(context, keys!.PublicKey, keys.SecretKey);
            }
        }
    }

    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void Keys_MadeByFedHe_AreLoadedBySealAndComeBack(int index)
    {
        using var setting = new InteropSetting(peer, ParameterCase.All[index]);
        byte[] secretKey = InteropSetting.Bytes(buffer => setting.Exchange.WriteSecretKey(setting.Keys.SecretKey, buffer));
        byte[] publicKey = InteropSetting.Bytes(buffer => setting.Exchange.WritePublicKey(setting.Keys.SecretKey, buffer));

        SealPeerKeys saved = peer.LoadKeys(secretKey, publicKey);

        saved.SecretKey.Should().Equal(
            InteropSetting.Bytes(buffer => setting.Exchange.WriteSecretKey(setting.Keys.SecretKey, buffer, AsThePeer)));
        setting.Exchange.TryReadPublicKey(saved.PublicKey, out PublicKey? returned, out _).Should().BeTrue();
        setting.Exchange.TryReadPublicKey(publicKey, out PublicKey? sent, out _).Should().BeTrue();
        returned!.KeyId.Should().Be(sent!.KeyId, "SEAL expanded the seed as FedHe does");
        setting.Exchange.TryReadSecretKey(
            saved.SecretKey, returned, SecretKeyExportPolicy.None, out SecretKey? secret, out _).Should().BeTrue();
        secret!.Dispose();
    }

    private static void CheckRoundTrip(HeContext context, PublicKey publicKey, SecretKey secretKey)
    {
        double[] values = [.. Enumerable.Range(0, context.Parameters.ValuesPerCiphertext).Select(i => Math.Sin(i))];
        foreach (EncryptionKey key in (EncryptionKey[])[publicKey, secretKey])
        {
            using EncryptedVector vector = context.CreateEncryptor(key).Encrypt(values, maxAbs: 1);
            var decrypted = new double[values.Length];
            context.CreateDecryptor(secretKey).Decrypt(vector, decrypted);
            InteropSetting.LargestDifference(decrypted, values).Should().BeLessThanOrEqualTo(vector.Bound.ErrorBound);
        }
    }
}
