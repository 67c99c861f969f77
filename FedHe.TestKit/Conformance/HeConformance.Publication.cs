using System.Globalization;
using System.Text.RegularExpressions;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.TestKit.Numerics;

namespace FedHe.TestKit.Conformance;

/// <content>Decryption for those who lack the secret key.</content>
public abstract partial class HeConformance
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(40)]
    public void DecryptPublic_AnyPrecision_StaysOnItsGridOrNamesThePossibleOne(int precisionBits)
    {
        double[] values = Uniform(LengthOf(1, 1), seed: 80);
        double[] extremes = TestVectors.Create(values.Length, ValuePattern.RandomSigns, MaxAbs, new Random(81));
        using EncryptedVector left = Encryptor(VectorForm.Full).Encrypt(values, MaxAbs);
        using EncryptedVector right = Encryptor(VectorForm.Seeded).Encrypt(extremes, MaxAbs);
        using EncryptedVector sum = Context.Public.Evaluator.Add(left, right);

        ShouldPublish(left, WeightedSum([values], [1]), precisionBits);
        ShouldPublish(right, WeightedSum([extremes], [1]), precisionBits);
        ShouldPublish(sum, WeightedSum([values, extremes], [1, 1]), precisionBits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(41)]
    public void DecryptPublic_PrecisionOutsideItsRange_IsRefused(int precisionBits)
    {
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt([0.5], MaxAbs);

        FluentActions.Invoking(() => Decryptor.DecryptPublic(vector, precisionBits, new double[1])).Should().Throw<ArgumentException>();
    }

    private static int PossibleBits(HeCapacityException refusal)
    {
        Match match = Regex.Match(refusal.Message, @"at most (\d+) bits");
        return match.Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    private void ShouldPublish(EncryptedVector vector, ExactSum[] exact, int precisionBits)
    {
        var published = new double[vector.Length];
        try
        {
            Decryptor.DecryptPublic(vector, precisionBits, published);
        }
        catch (HeCapacityException refusal)
        {
            int possible = PossibleBits(refusal);
            possible.Should().BeLessThan(precisionBits, "only a precision that is not possible is refused");
            published.Should().AllBeEquivalentTo(0.0, "a refusal gives nothing away");
            if (possible > 0)
            {
                ShouldPublish(vector, exact, possible);
                FluentActions.Invoking(() => Decryptor.DecryptPublic(vector, possible + 1, published))
                    .Should().Throw<HeCapacityException>("the possible precision was called the largest");
            }

            return;
        }

        // The bound rounded up to a power of two, times 2^-precisionBits: the largest step the contract allows.
        double largestStep = Math.ScaleB(1, (int)Math.Ceiling(Math.Log2(vector.Bound.MaxAbs)) - precisionBits);
        for (int i = 0; i < published.Length; i++)
        {
            Math.IEEERemainder(published[i], largestStep).Should().Be(0, $"index {i} is on the grid of {precisionBits} bits");
            exact[i].DistanceTo(published[i]).Should().BeLessThanOrEqualTo(largestStep, $"index {i} at {precisionBits} bits");
        }
    }
}
