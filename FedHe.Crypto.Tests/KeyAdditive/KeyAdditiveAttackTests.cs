using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Encryption;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Attacks that work with a guard left out, and the guards that stop them.</summary>
public sealed class KeyAdditiveAttackTests
{
    private static readonly KeyAdditiveContext Context = KeyAdditiveAttempt.ContextFor(3, 24);

    [Fact]
    public void WeightedSum_WouldGiveTheKeysAway()
    {
        // Guard: KeyAdditiveAccumulator refuses every weight but 1. Weights 1 and 43 separate coefficients within 21.
        using var attempt = new KeyAdditiveAttempt(Context);
        attempt.Upload(new double[10]);
        attempt.Upload(new double[10]);
        long[] first = KeyAdditiveAttempt.CoefficientsOf(attempt.Keys[0]);
        long[] second = KeyAdditiveAttempt.CoefficientsOf(attempt.Keys[1]);
        long[] opened = [.. first.Zip(second, (x, y) => x + (43 * y))];
        long[] recoveredSecond = [.. opened.Select(sum => (long)Math.Round(sum / 43.0))];
        recoveredSecond.Should().Equal(second);
        opened.Zip(recoveredSecond, (sum, y) => sum - (43 * y)).Should().Equal(first);
    }

    [Fact]
    public void SecondUploadUnderOneKey_WouldGiveTheDifferenceAway()
    {
        // Guard: a round key has one encryptor, and an encryptor uses no position twice. Here the guard is circumvented.
        var ring = new KeyAdditiveRing(Context.Parameters, maxDegreeOfParallelism: 1);
        var seed = Digest.Compute("attempt"u8);
        using RoundKey key = RoundKey.Generate(ring, seed, RandomSource.System);
        double[] left = [.. Enumerable.Range(0, 2048).Select(i => i / 2048.0)];
        double[] right = [.. Enumerable.Range(0, 2048).Select(i => -i / 4096.0)];
        ulong[] first = Coefficients(new KeyAdditiveEncryptor(ring, key, RandomSource.System).Encrypt(left, 1));
        ulong[] second = Coefficients(new KeyAdditiveEncryptor(ring, key, RandomSource.System).Encrypt(right, 1));
        double worst = 0;
        for (int i = 0; i < 2048; i++)
        {
            double modulus = Math.ScaleB(ring.Modulus, -ring.Parameters.DroppedBits);
            double difference = (double)first[i] - second[i];
            difference -= modulus * Math.Round(difference / modulus);
            double value = Math.ScaleB(difference, ring.Parameters.DroppedBits) / ring.Parameters.Scale;
            worst = Math.Max(worst, Math.Abs(value - (left[i] - right[i])));
        }

        worst.Should().BeLessThan(1e-6, "the difference of two models is in clear, without any key");
        key.TryTakeEncryptor().Should().BeTrue();
        key.TryTakeEncryptor().Should().BeFalse();
    }

    [Fact]
    public void Positions_OfAnEncryptor_AreNeverUsedTwice()
    {
        using RoundKey key = Context.GenerateRoundKey(Digest.Compute("attempt"u8));
        var encryptor = Context.CreateEncryptor(key);
        var positions = new HashSet<int>();
        Parallel.For(0, 20, _ =>
        {
            using var vector = (KeyAdditiveVector)encryptor.Encrypt(new double[5000], 1);
            lock (positions)
            {
                for (int i = 0; i < vector.CiphertextCount; i++)
                {
                    positions.Add(vector.Position + i).Should().BeTrue();
                }
            }
        });
        positions.Should().HaveCount(60);
    }

    [Fact]
    public void ModelAndAggregate_TellNothingAboutAKey()
    {
        // Attack A1 of a deployed model: with the sum and its exact opening, V - encode(average) is linear in the key. Under
        // a long-lived key every round adds equations; here the sum of the round keys itself is public, and an upload
        // opened with half of it stays as uniform as before.
        using var attempt = new KeyAdditiveAttempt(Context);
        double[] values = [.. Enumerable.Repeat(0.25, 2048)];
        for (int i = 0; i < 3; i++)
        {
            attempt.Upload(values);
        }

        using EncryptedVector sum = attempt.Sum();
        attempt.Open(sum).Should().OnlyContain(value => Math.Abs(value - 0.75) < 1e-5);
        long[] keySum = KeyAdditiveAttempt.SumOf(attempt.Keys);
        long[] guess = [.. keySum.Select(coefficient => (long)Math.Round(coefficient / 3.0))];
        int right = guess.Zip(KeyAdditiveAttempt.CoefficientsOf(attempt.Keys[0]), (x, y) => x == y ? 1 : 0).Sum();
        right.Should().BeLessThan(2048 / 4, "the best guess of a coefficient is right with probability 0.15");
    }

    private static ulong[] Coefficients(EncryptedVector vector)
    {
        var own = (KeyAdditiveVector)vector;
        var coefficients = new ulong[Context.Parameters.Degree];
        BitPackingKernel.Default.TryUnpack(own.Ciphertext(0), own.Range.Width, own.Range.Count, coefficients);
        return coefficients;
    }
}
