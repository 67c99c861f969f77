using System.Numerics;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Encryption;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>A machine is resumed twice from one snapshot, and both continuations upload models of which one part is the same.</summary>
public sealed class RepeatedErrorTests
{
    private static readonly Digest Attempt = Digest.Compute("attempt"u8);

    [Fact]
    public void Uploads_WithOneSegmentInCommon_DoNotGiveTheDifferenceOfTheirKeysAway()
    {
        // Without rounding, which is noise too.
        KeyAdditiveParameters parameters = KeyAdditiveParameters.FixedPoint(2048, RingPrimes.LargestFirst(2048, 30).First(), keptBits: 30, maxContributors: 3)!;
        var ring = new KeyAdditiveRing(parameters, maxDegreeOfParallelism: 1);
        double[] common = [.. Enumerable.Range(0, parameters.ValuesPerCiphertext).Select(i => 0.25 * Math.Sin(i))];
        (ulong[] first, long[] firstKey) = Upload(parameters, common, last: 0.125);
        (ulong[] second, long[] secondKey) = Upload(parameters, common, last: 0.25);
        firstKey.Should().NotEqual(secondKey, "keys depend on everything that they encrypt");

        ulong q = parameters.Modulus;
        var a = new ulong[ring.Degree];
        using (var polynomials = new PublicPolynomials(Attempt, q))
        using (KeyAdditiveWorkspace workspace = ring.Workspaces.Rent())
        {
            polynomials.Expand(0, workspace.Expansion, a);
        }

        ulong[] inverse = [.. a.Select(x => (ulong)BigInteger.ModPow(x, q - 2, q))];
        ulong[] difference = [.. first.Zip(second, (x, y) => (x + q - y) % q)];
        ring.Transform.Forward(difference);
        var factors = new FixedFactorBuffer(ring.Degree);
        factors.Set(inverse, q);
        ring.Transform.InverseOfProduct(difference, factors.Factors, difference);
        long[] recovered = [.. difference.Select(x => x > q / 2 ? (long)x - (long)q : (long)x)];

        recovered.Should().NotEqual(secondKey.Zip(firstKey, (x, y) => x - y), "the difference of the keys gives the difference of all other values away");
    }

    [Fact]
    public void Key_OfOnePlaintextInTwoAttempts_IsNotTheSame()
    {
        KeyOf(Snapshot.Resume(), "attempt 1").Should().Equal(KeyOf(Snapshot.Resume(), "attempt 1"), "or the next line shows nothing");
        KeyOf(Snapshot.Resume(), "attempt 1").Should().NotEqual(KeyOf(Snapshot.Resume(), "attempt 2"));

        static long[] KeyOf(HedgedRandomSource random, string attempt)
        {
            var context = new KeyAdditiveContext(KeyAdditiveAttempt.ContextFor(3, 24).Parameters, options: null, random);
            using var plaintext = new PlaintextHasher(random);
            plaintext.Append<double>([0.5]);
            using RoundKey key = context.GenerateRoundKey(Digest.Compute(System.Text.Encoding.UTF8.GetBytes(attempt)), plaintext);
            return KeyAdditiveAttempt.CoefficientsOf(key);
        }
    }

    private static (ulong[] Coefficients, long[] Key) Upload(KeyAdditiveParameters parameters, double[] common, double last)
    {
        HedgedRandomSource random = Snapshot.Resume();
        var context = new KeyAdditiveContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = 1 }, random);
        using var plaintext = new PlaintextHasher(random);
        plaintext.Append<double>([.. common, last]);
        using RoundKey key = context.GenerateRoundKey(Attempt, plaintext);
        IEncryptor encryptor = context.CreateEncryptor(key);
        using var segment = (KeyAdditiveVector)encryptor.Encrypt(common, 1);
        using var other = encryptor.Encrypt([last], 1);
        var coefficients = new ulong[parameters.Degree];
        PackedSumKernel.Default.TryRestore(segment.Ciphertext(0), segment.Range.Width, segment.Range.Count, shift: 0, segment.Range.Least, coefficients);
        return (coefficients, KeyAdditiveAttempt.CoefficientsOf(key));
    }
}
