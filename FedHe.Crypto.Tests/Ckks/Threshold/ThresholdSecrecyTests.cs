using FedHe.Crypto.Ckks.Threshold.KeyGeneration;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>What fewer parties than are needed have of the secret key.</summary>
public sealed class ThresholdSecrecyTests
{
    [Theory]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 4)]
    public void Shares_OfOneFewerThanNeeded_FitEverySecretAlike(int parties, int threshold)
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(parties, threshold));
        ulong modulus = group.Context.Ring.Transforms[0].Modulus;
        int[] few = [.. Enumerable.Range(1, threshold - 1)];
        int missing = threshold;

        // For any candidate of the secret there is exactly one share of the missing party: the factor of it is not zero.
        LagrangeFactors.Of(new PartySet([.. few, missing]), missing, modulus).Should().NotBe(0);

        // What the few can compute, such as any combination of their shares, is spread as uniform residues are.
        foreach (int party in few)
        {
            ShouldBeUniform(group.Share(party).Polynomial.Limb(0).Values.ToArray(), modulus);
            ShouldBeUniform(Untransformed(group, party), modulus);
        }

        ulong[] combined = new ulong[group.Context.Ring.Degree];
        var smaller = new PartySet(few);
        foreach (int party in few.Where(_ => few.Length > 1))
        {
            ulong factor = LagrangeFactors.Of(smaller, party, modulus);
            ulong[] share = Untransformed(group, party);
            for (int i = 0; i < combined.Length; i++)
            {
                combined[i] = (combined[i] + ModularArithmetic.Multiply(factor, share[i], modulus)) % modulus;
            }
        }

        if (few.Length > 1)
        {
            ShouldBeUniform(combined, modulus);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Shares_OfAsManyAsNeeded_AreTheTernarySumOfAllContributions(int threshold)
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, threshold));
        ulong modulus = group.Context.Ring.Transforms[0].Modulus;
        int[] set = [.. Enumerable.Range(1, threshold)];
        ulong[] secret = new ulong[group.Context.Ring.Degree];
        foreach (int party in set)
        {
            ulong factor = threshold == 3 ? 1 : LagrangeFactors.Of(new PartySet(set), party, modulus);
            ulong[] share = Untransformed(group, party);
            for (int i = 0; i < secret.Length; i++)
            {
                secret[i] = (secret[i] + ModularArithmetic.Multiply(factor, share[i], modulus)) % modulus;
            }
        }

        long[] centered = [.. secret.Select(residue => residue > modulus / 2 ? (long)residue - (long)modulus : (long)residue)];
        centered.Should().OnlyContain(coefficient => Math.Abs(coefficient) <= 3);
        centered.Average(coefficient => (double)coefficient * coefficient).Should().BeApproximately(3 * 2 / 3.0, 0.3);
    }

    [Fact]
    public void Deals_OfOneSecret_DifferEachTimeAndAreUniform()
    {
        var context = ThresholdGroup.ContextFor(3, 2);
        using var dealer = new ShareDealer(context.Ring, 2, Crypto.Random.RandomSource.System);
        using var other = new ShareDealer(context.Ring, 2, Crypto.Random.RandomSource.System);
        var zero = new FedHe.Crypto.Ckks.Ring.FixedPolynomial(context.Ring);
        using DealtShare share = dealer.Deal(context.Parameters, default, 1, 2, zero);
        using DealtShare again = other.Deal(context.Parameters, default, 1, 2, zero);
        var residues = new ulong[context.Ring.Degree];
        FedHe.Crypto.Ckks.Ring.PackedPolynomial.TryUnpack(context.Ring, 0, share.Packed, residues).Should().BeTrue();

        ShouldBeUniform(residues, context.Ring.Transforms[0].Modulus);
        share.Packed.SequenceEqual(again.Packed).Should().BeFalse();
        share.Dispose();
        FluentActions.Invoking(() => share.WriteTo(new System.Buffers.ArrayBufferWriter<byte>())).Should().Throw<ObjectDisposedException>();
    }

    private static ulong[] Untransformed(ThresholdGroup group, int party)
    {
        ulong[] residues = group.Share(party).Polynomial.Limb(0).Values.ToArray();
        group.Context.Ring.Transforms[0].Inverse(residues);
        return residues;
    }

    /// <summary>Counts residues in 16 parts of [0, p): chi-square of 15 degrees, beyond 70 with probability 2^-30.</summary>
    private static void ShouldBeUniform(ulong[] residues, ulong modulus)
    {
        double expected = residues.Length / 16.0;
        double statistic = residues.CountBy(residue => (int)(residue / ((modulus / 16) + 1))).Sum(part => Math.Pow(part.Value - expected, 2) / expected);
        statistic.Should().BeLessThan(70);
        residues.Distinct().Count().Should().BeGreaterThan(residues.Length - 3);
    }
}
