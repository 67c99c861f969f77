using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;
using FedHe.Crypto.Seal.Tests.Discovery;

namespace FedHe.Crypto.Seal.Tests;

[NeedsSeal]
public sealed class SealSumTests
{
    [Fact]
    public void Sum_ThatAVectorWouldCancel_IsRefusedAndUnchanged()
    {
        var context = (SealContext)SealSubjects.SinglePrime.Context;
        using KeyPair keys = context.GenerateKeyPair();
        using EncryptedVector vector = context.CreateEncryptor(keys.PublicKey).Encrypt([0.5, -0.25], 1);
        using SealVector opposite = Negate(context.Setting, (SealVector)vector);
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(2);
        sum.Add(vector);

        FluentActions.Invoking(() => sum.Add(opposite)).Should().Throw<HeMismatchException>();

        sum.Count.Should().Be(1);
        using EncryptedVector complete = sum.Complete();
        ((SealVector)complete).Files.SequenceEqual(((SealVector)vector).Files).Should().BeTrue();
    }

    [Fact]
    public void Context_Disposed_LeavesKeysAndVectorsOfOthersAlone()
    {
        HeContext context = SealSubjects.Scheme.CreateContext(SealSubjects.SinglePrime.Parameters);
        using KeyPair keys = context.GenerateKeyPair();
        using EncryptedVector vector = context.CreateEncryptor(keys.SecretKey).Encrypt([0.5], 1);
        context.Dispose();
        context.Dispose();

        var values = new double[1];
        SealSubjects.SinglePrime.Context.CreateDecryptor(keys.SecretKey).Decrypt(vector, values);

        values[0].Should().BeApproximately(0.5, vector.Bound.ErrorBound);
        FluentActions.Invoking(() => context.CreateEncryptor(keys.SecretKey).Encrypt([0.5], 1))
            .Should().Throw<ObjectDisposedException>();
    }

    /// <summary>The negative of a ciphertext of one prime, word by word.</summary>
    private static SealVector Negate(SealSetting setting, SealVector vector)
    {
        SealFileLayout layout = setting.LayoutOf(VectorForm.Full, 1);
        var block = new SealBlock(layout.Length, 1);
        Span<byte> file = block.File(0);
        vector.File(0).CopyTo(file);
        ulong prime = setting.Parameters.Moduli[0];
        int words = 2 * setting.Parameters.Degree;
        for (int i = 0; i < words; i++)
        {
            Span<byte> word = file[(layout.Length - ((words - i) * sizeof(ulong)))..];
            ulong value = BitConverter.ToUInt64(word);
            BitConverter.TryWriteBytes(word, value == 0 ? 0 : prime - value).Should().BeTrue();
        }

        layout.Check(file).Should().Be(FormatError.None);
        return new SealVector(setting, vector.KeyId, vector.Length, vector.Bound, VectorForm.Full, 1, block);
    }
}
