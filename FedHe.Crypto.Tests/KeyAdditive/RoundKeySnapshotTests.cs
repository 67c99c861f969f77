using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Encryption;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>A machine is resumed twice from one snapshot, and both continuations upload in the same attempt.</summary>
public sealed class RoundKeySnapshotTests
{
    private const int Length = 5000;

    private static readonly Digest Attempt = Digest.Compute("attempt"u8);
    private static readonly double[] Model = [.. Enumerable.Range(0, Length).Select(i => 0.25 * Math.Sin(i))];
    private static readonly double[] OtherModel = [.. Model[..^1], Model[^1] + 0.125];

    [Fact]
    public void Uploads_WithNothingFreshAtAll_HaveKeysOfTheirOwn()
    {
        double guarded = LargestErrorOfAttack(isKeyHedged: true);
        double unguarded = LargestErrorOfAttack(isKeyHedged: false);

        unguarded.Should().BeLessThan(1e-5, "the guard is out: the difference of the models is in clear, without any key");
        guarded.Should().BeGreaterThan(0.3, "the difference of two ciphertexts is uniform");
    }

    [Fact]
    public void ProtectedKeys_AfterOtherUploads_HaveSeedsOfTheirOwn()
    {
        // With one seed c0 - c0' is the difference of the round keys, and the difference of the models follows from it.
        SeedOf(Model, "tags of one upload"u8).Should().Equal(SeedOf(OtherModel, "tags of one upload"u8), "the guard is out");
        SeedOf(Model, "tags of one upload"u8).Should().NotEqual(SeedOf(OtherModel, "tags of another"u8));
        SeedOf(Model, []).Should().Equal(SeedOf(OtherModel, []), "the seed never depends on the key that it hides");
    }

    [Fact]
    public void Key_OfTheSamePlaintextAndRandomness_IsTheSame()
        => CoefficientsOf(Model, Snapshot.Resume()).Should().Equal(CoefficientsOf(Model, Snapshot.Resume()), "or the test above shows nothing");

    [Fact]
    public void Key_OfNothing_IsNoKeyOfAPlaintext()
    {
        KeyAdditiveContext context = ContextOf(Snapshot.Resume());
        using var nothing = new PlaintextHasher(Snapshot.Resume());
        nothing.Append<double>([]);
        using RoundKey keyOfNothing = context.GenerateRoundKey(Attempt, nothing);
        using RoundKey key = Generate(context, Model, Snapshot.Resume());

        keyOfNothing.IsOfPlaintext.Should().BeFalse("errors take the values where the key does not");
        key.IsOfPlaintext.Should().BeTrue();
    }

    [Fact]
    public void Key_DependsOnTheLengthsOfPieces()
    {
        using var whole = new PlaintextHasher(Snapshot.Resume());
        using var pieces = new PlaintextHasher(Snapshot.Resume());
        whole.Append<double>([1, 2]);
        pieces.Append<double>([1]);
        pieces.Append<double>([2]);

        DigestOf(whole).Should().NotEqual(DigestOf(pieces));
    }

    [Fact]
    public void Digest_OfOneBitMoreOrLess_IsAnother()
    {
        byte[] values = new byte[40_000];
        var digests = new HashSet<string>();
        for (int bit = -1; bit < 8 * values.Length; bit += 7919)
        {
            byte[] changed = [.. values];
            if (bit >= 0)
            {
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            using var hasher = new PlaintextHasher(Snapshot.Resume());
            hasher.Append<byte>(changed);
            digests.Add(Convert.ToHexString(DigestOf(hasher))).Should().BeTrue("bit {0} counts", bit);
        }
    }

    [Fact]
    public void Digest_UnderAnotherKey_IsAnother()
    {
        using var first = new PlaintextHasher();
        using var second = new PlaintextHasher();
        first.Append<double>(Model);
        second.Append<double>(Model);

        DigestOf(first).Should().NotEqual(DigestOf(second), "or guesses of the plaintext could be tested");
    }

    [Fact]
    public void Dispose_LeavesZeros()
    {
        var hasher = new PlaintextHasher();
        hasher.Append<double>(Model);
        hasher.Dispose();

        DigestOf(hasher).Should().OnlyContain(value => value == 0);
    }

    /// <summary>Returns the seed of a protected key.</summary>
    private static byte[] SeedOf(double[] model, ReadOnlySpan<byte> publicContext)
    {
        CkksParameters parameters = CkksParameters.ForExactIntegers(RoundKeyProtection.PrecisionBits, largestTotalWeight: 3);
        using var outer = new CkksContext(parameters, Snapshot.Resume());
        using KeyPair keys = KeyPairOf(parameters);
        KeyAdditiveContext context = ContextOf(Snapshot.Resume());
        using RoundKey key = Generate(context, model, Snapshot.Resume());
        using var wrapped = (CkksVector)new RoundKeyProtection(context, outer.Public, VectorForm.Seeded).Encrypt(
            key, outer.CreateEncryptor(keys.SecretKey), publicContext);
        Seed seed = wrapped.Seeds.Single().Seed;
        return ((ReadOnlySpan<byte>)seed).ToArray();
    }

    private static KeyPair KeyPairOf(CkksParameters parameters)
    {
        using var context = new CkksContext(parameters, new DeterministicRandomSource(1));
        return context.GenerateKeyPair();
    }

    private static byte[] DigestOf(PlaintextHasher hasher)
    {
        var digest = new byte[PlaintextHasher.DigestLength];
        hasher.CopyDigestTo(digest);
        return digest;
    }

    private static long[] CoefficientsOf(double[] model, EncryptionRandomSource random)
    {
        KeyAdditiveContext context = ContextOf(random);
        using RoundKey key = Generate(context, model, random);
        return KeyAdditiveAttempt.CoefficientsOf(key);
    }

    private static KeyAdditiveContext ContextOf(EncryptionRandomSource random)
        => new(KeyAdditiveAttempt.ContextFor(3, 24).Parameters, options: null, random);

    private static RoundKey Generate(KeyAdditiveContext context, double[] model, EncryptionRandomSource random)
    {
        using var plaintext = new PlaintextHasher(random);
        plaintext.Append<double>(model);
        return context.GenerateRoundKey(Attempt, plaintext);
    }

    /// <summary>Takes the difference of two uploads for the difference of two models, and returns the largest error.</summary>
    private static double LargestErrorOfAttack(bool isKeyHedged)
    {
        KeyAdditiveVector first = Upload(Model, isKeyHedged);
        KeyAdditiveVector second = Upload(OtherModel, isKeyHedged);
        var parameters = KeyAdditiveAttempt.ContextFor(3, 24).Parameters;
        double modulus = Math.ScaleB(parameters.Modulus, -parameters.DroppedBits);
        double largest = 0;
        for (int ciphertext = 0; ciphertext < first.CiphertextCount; ciphertext++)
        {
            ulong[] left = Integers(first, ciphertext);
            ulong[] right = Integers(second, ciphertext);
            for (int i = 0; i < left.Length && (ciphertext * left.Length) + i < Length; i++)
            {
                int index = (ciphertext * left.Length) + i;
                double value = Math.IEEERemainder((double)left[i] - right[i], modulus) * (1L << parameters.DroppedBits) / parameters.Scale;
                largest = Math.Max(largest, Math.Abs(value - (Model[index] - OtherModel[index])));
            }
        }

        first.Dispose();
        second.Dispose();
        return largest;
    }

    private static KeyAdditiveVector Upload(double[] model, bool isKeyHedged)
    {
        EncryptionRandomSource random = Snapshot.Resume();
        KeyAdditiveContext context = ContextOf(random);
        using RoundKey key = isKeyHedged ? Generate(context, model, random) : context.GenerateRoundKey(Attempt);
        return (KeyAdditiveVector)context.CreateEncryptor(key).Encrypt(model, 1);
    }

    private static ulong[] Integers(KeyAdditiveVector vector, int ciphertext)
    {
        var integers = new ulong[2048];
        PackedSumKernel.Default.TryRestore(
            vector.Ciphertext(ciphertext), vector.Range.Width, vector.Range.Count, shift: 0, vector.Range.Least, integers).Should().BeTrue();
        return integers;
    }
}
