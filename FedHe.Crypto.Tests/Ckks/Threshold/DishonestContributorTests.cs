using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>
/// "Contributors are semi-honest: one that is not learns the secret key from one opening." This is the attack that the sentence is about:
/// it is not prevented, and must not be forgotten.
/// </summary>
public sealed class DishonestContributorTests
{
    [Fact]
    public void Contributor_ThatAddsAConstantToC1_ReadsTheSecretKeyInOneOpening()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2, precisionBits: 10, totalWeight: 3));
        CkksParameters ring = group.Context.Parameters.Encryption;
        double step = Math.ScaleB(1, -ring.LogScale);
        var zero = new double[ring.ValuesPerCiphertext];

        // Honest uploads, one of them in the clear only to the test, and the attacker's: an encryption of zero, with the encoding of the
        // integer 1 added to c1, as indistinguishable from an honest one as any ciphertext.
        double[] honest = [.. zero.Select((_, i) => Math.Round(Math.Sin(i) / step) * step)];
        using EncryptedVector first = group.Encrypt(honest, party: 1);
        using EncryptedVector second = group.Encrypt(zero, party: 2);
        using CkksVector attacker = WithUnitInSecond(group, group.Encryptor(3).Encrypt(zero, maxAbs: 1));
        using IAccumulator sum = group.Context.Public.Evaluator.CreateAccumulator(zero.Length);
        sum.Add(first);
        sum.Add(second);
        sum.Add(attacker);
        using EncryptedVector aggregate = sum.Complete();

        double[] opened = group.Open(aggregate, 1, 2);

        // The opening is the sum plus the secret key itself, coefficient by coefficient in the lowest field.
        long[] key = [.. opened.Take(ring.Degree).Select((value, i) => (long)((value - honest[i]) / step))];
        key.Should().Equal(SecretKeyOf(group));
    }

    /// <summary>Adds round(q/T), which encodes the integer 1 in the lowest field, to the constant coefficient of c1.</summary>
    private static CkksVector WithUnitInSecond(ThresholdGroup group, EncryptedVector vector)
    {
        var own = (CkksVector)vector;
        var block = new CkksBlock(group.Context.Parameters.Encryption, vector.Length, polynomialCount: 2, limbCount: 2);
        UInt128 modulus = (UInt128)group.Context.Parameters.Encryption.Moduli[0] * group.Context.Parameters.Encryption.Moduli[1];
        UInt128 unit = (modulus + ((UInt128)1 << (group.Context.Parameters.Encryption.ExactIntegers!.LogPlaintextModulus - 1)))
            >> group.Context.Parameters.Encryption.ExactIntegers.LogPlaintextModulus;
        for (int limb = 0; limb < 2; limb++)
        {
            ulong prime = group.Context.Parameters.Encryption.Moduli[limb];
            own.Limb(0, 0, limb).CopyTo(block.Limb(0, 0, limb));
            Span<ulong> second = block.Limb(0, 1, limb);
            own.Limb(0, 1, limb).CopyTo(second);
            for (int i = 0; i < second.Length; i++)
            {
                // The transform of a constant is the constant everywhere.
                second[i] = (second[i] + (ulong)(unit % prime)) % prime;
            }
        }

        return new CkksVector(group.Context.Ring, vector.KeyId, vector.Length, vector.Bound, block);
    }

    /// <summary>Puts the secret key together from the shares of two parties.</summary>
    private static long[] SecretKeyOf(ThresholdGroup group)
    {
        var set = new PartySet(1, 2);
        var ntt = group.Context.Ring.Transforms[0];
        var sum = new ulong[group.Context.Ring.Degree];
        foreach (int party in (int[])[1, 2])
        {
            ReadOnlySpan<ulong> folded = LagrangeFactors.Fold(group.Context.Ring, group.Share(party), set).Limb(0).Values;
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] = (sum[i] + folded[i]) % ntt.Modulus;
            }
        }

        ntt.Inverse(sum);
        return [.. sum.Select(residue => residue > ntt.Modulus / 2 ? (long)residue - (long)ntt.Modulus : (long)residue)];
    }
}
