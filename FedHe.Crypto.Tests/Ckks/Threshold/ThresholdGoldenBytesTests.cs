using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>Pins the wire format: a change of any byte is a change of the format version.</summary>
public sealed class ThresholdGoldenBytesTests
{
    private static readonly string[] GoldenHashes =
    [
        "bc8e0b44427ca5608950aa7a8ee58a4324fadb6ebf3734e5cd2b5906c40b96d8", // parameters
        "f9e00a47ba9b43030dca3f55d6b5893f3b208b8adfc261754abada295014cae5", // transcript of all messages and deals
        "076efc3dc61318c5f4288ad0405bd2082b80d35a1081617c8ab5d82541ac3ec2", // public key
        "5d8d200a8fd2ded1c02d90de507f38833ae9a5676253731fda00c50068b518d4", // share of party 3
        "3c57b52a797eea5deabe4f429b382864fafd4d544d94809861c4b73d568db8ae", // vector
        "866589a38726d0cad5247b7aeed03ca2325dc8d935a8af3f6123297da1970656", // answer of party 3
        "babcc0b65c77a6cc6173ef0469c90745181ca103ad622bdb77038b74b5a45a32", // ledger of party 3
    ];

    [Fact]
    public void Bytes_WithFixedRandomness_AreTheGoldenOnes()
    {
        var requirements = new ThresholdRequirements(3, 2, 10, 3) { Degree = 4096 };
        var context = new ThresholdContext(
            ThresholdParameters.Plan(requirements), new HeContextOptions { MaxDegreeOfParallelism = 1 }, new DeterministicRandomSource(5));
        using var group = new ThresholdGroup(context);
        using EncryptedVector vector = group.Encrypt([.. Enumerable.Range(0, 5000).Select(i => Math.ScaleB((i % 7) - 3, -2))]);
        using PartialDecryption answer = group.Answer(3, vector, 1, 3);

        string[] hashes =
        [
            HashOf(ThresholdGroup.BytesOf(context.Parameters.WriteTo)), group.Keys[0].PublicKey.Transcript.ToString(),
            HashOf(ThresholdGroup.BytesOf(group.Keys[0].PublicKey.WriteTo)), HashOf(ThresholdGroup.BytesOf(group.Share(3).ExportClear)),
            HashOf(ThresholdGroup.BytesOf(vector.WriteTo)), HashOf(ThresholdGroup.BytesOf(answer.WriteTo)), HashOf(group.LedgerBytes(3)),
        ];

        hashes.Should().Equal(GoldenHashes);
    }

    private static string HashOf(byte[] bytes) => Digest.Compute(bytes).ToString();
}
