using System.Buffers;
using System.Numerics;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Paillier;

/// <summary>A machine is resumed twice from one snapshot, and both continuations encrypt under a Paillier key.</summary>
public sealed class PaillierSnapshotTests
{
    private const int L = 256;

    private static readonly PaillierParameters Parameters = PaillierParameters.Create(1000, 16, keyBits: 2048);
    private static readonly BigInteger N = Number(PaillierKnownAnswer.P) * Number(PaillierKnownAnswer.Q);

    [Fact]
    public void Uploads_WithNothingFreshAtAll_GiveAwayNothing()
    {
        // c/c' = (1 + n)^(m - m') where the randomness repeats.
        BigInteger difference = Encoded(5) - Encoded(-3);
        Quotient(new WithoutPlaintext(Snapshot.Resume()), new WithoutPlaintext(Snapshot.Resume()))
            .Should().Be(1 + (difference * N), "the guard is out");

        BigInteger quotient = Quotient(Snapshot.Resume(), Snapshot.Resume());
        ((quotient - 1) % N).Should().NotBe(BigInteger.Zero);
    }

    [Fact]
    public void Uploads_OfThePool_AreDrawnBeforeThePlaintextAndSoAreNotHedgedWithIt()
    {
        // SECURITY.md says so. This test fails when it is no longer true.
        BigInteger First(double value)
        {
            using var context = new PaillierContext(Parameters, new PaillierOptions { RandomizerCapacity = 1 }, Snapshot.Resume());
            PublicKey key = Key(context);
            context.PoolOf(key)!.Filling.Wait();
            return Ciphertext(context, key, value);
        }

        (Inverted(First(-3)) * First(5) % (N * N)).Should().Be(1 + ((Encoded(5) - Encoded(-3)) * N));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Uploads_OnAnyNumberOfThreads_RepeatNoRandomness(int threads)
    {
        using var context = new PaillierContext(
            Parameters, PaillierOptions.Default, RandomSource.System, new HeContextOptions { MaxDegreeOfParallelism = threads });
        var zeros = new double[70 * Parameters.ValuesPerCiphertext];
        using EncryptedVector vector = context.CreateEncryptor(Key(context)).Encrypt(zeros, 1);
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);

        buffer.WrittenSpan[^(70 * 2 * L)..].ToArray().Chunk(2 * L).Select(Convert.ToHexString).Should().OnlyHaveUniqueItems();
    }

    private static BigInteger Quotient(EncryptionRandomSource random, EncryptionRandomSource other)
    {
        using var context = new PaillierContext(Parameters, PaillierOptions.Default, random);
        using var otherContext = new PaillierContext(Parameters, PaillierOptions.Default, other);
        return Ciphertext(context, Key(context), 5) * Inverted(Ciphertext(otherContext, Key(otherContext), -3)) % (N * N);
    }

    private static PublicKey Key(PaillierContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new WireWriter(buffer).WriteHeader(WireKind.PublicKey, Parameters.Id, 2 * L);
        byte[] bytes = [.. buffer.WrittenSpan, .. N.ToByteArray(isUnsigned: true, isBigEndian: true), .. PaillierKnownAnswer.Generator];
        context.TryReadPublicKey(bytes, out PublicKey? key, out _).Should().BeTrue();
        return key!;
    }

    private static BigInteger Ciphertext(PaillierContext context, PublicKey key, double value)
    {
        using EncryptedVector vector = context.CreateEncryptor(key).Encrypt([value / 16], 1);
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);
        return Number(buffer.WrittenSpan[^(2 * L)..]);
    }

    private static BigInteger Encoded(double value) => new(Math.ScaleB(value / 16, 15));

    // a^(phi(n^2) - 1), with phi(n^2) = n*(p - 1)*(q - 1).
    private static BigInteger Inverted(BigInteger ciphertext)
        => BigInteger.ModPow(
            ciphertext, (N * (Number(PaillierKnownAnswer.P) - 1) * (Number(PaillierKnownAnswer.Q) - 1)) - 1, N * N);

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
