using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Numerics;

namespace FedHe.TestKit.Conformance;

/// <content>Refusal before overflow, exact at the edge.</content>
public abstract partial class HeConformance
{
    [Theory]
    [InlineData(2.1)]
    [InlineData(3.7)]
    [InlineData(50)]
    [InlineData(999.3)]
    public void Capacity_AtTheEdge_RemainingWeightFitsAndOneMoreDoesNot(double share)
    {
        double maxAbs = ShareOfCapacity(share);
        double[] first = TestVectors.Create(LengthOf(1, 0), ValuePattern.Maximum, maxAbs, new Random(50));
        double[] second = TestVectors.Create(LengthOf(1, 0), ValuePattern.RandomSigns, maxAbs, new Random(51));
        second[0] = maxAbs;
        using EncryptedVector firstVector = Encryptor(VectorForm.Full).Encrypt(first, maxAbs);
        using EncryptedVector secondVector = Encryptor(VectorForm.Seeded).Encrypt(second, maxAbs);
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(first.Length);
        accumulator.Add(firstVector);
        byte[] before = SnapshotOf(accumulator);

        long remaining = RefusedWeight(accumulator, secondVector, long.MaxValue / 2);

        Fits(firstVector.Bound.Add(secondVector.Bound.Scale(remaining))).Should().BeTrue();
        Fits(firstVector.Bound.Add(secondVector.Bound.Scale(remaining + 1))).Should().BeFalse();
        RefusedWeight(accumulator, secondVector, remaining + 1).Should().Be(remaining);
        SnapshotOf(accumulator).AsSpan().SequenceEqual(before).Should().BeTrue("a refusal changes nothing");
        accumulator.Count.Should().Be(1);

        accumulator.Add(secondVector, remaining);

        RefusedWeight(accumulator, secondVector, 1).Should().Be(0);
        using EncryptedVector sum = accumulator.Complete();
        var exact = new ExactSum[first.Length];
        for (int i = 0; i < exact.Length; i++)
        {
            exact[i] = exact[i].AddProduct(1, first[i]).AddProduct(remaining, second[i]);
        }

        ShouldHold(sum, exact, $"filled to the edge with weight {remaining}");
    }

    [Fact]
    public void Capacity_FreshVectorAtTheEdge_DecryptsWithinTheBound()
    {
        foreach (VectorForm form in FreshForms)
        {
            double maxAbs = LargestBound(form);
            foreach (ValuePattern pattern in TestVectors.Patterns)
            {
                double[] values = TestVectors.Create(LengthOf(1, 0), pattern, maxAbs, new Random(52));

                using EncryptedVector vector = Encryptor(form).Encrypt(values, maxAbs);

                ShouldHold(vector, values, $"{form}, {pattern}, the largest bound that fits");
            }
        }
    }

    [Fact]
    public void Add_BeyondTheCapacity_IsRefused()
    {
        double maxAbs = LargestBound(VectorForm.Full);
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt([0.0], maxAbs);
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(1);
        accumulator.Add(vector, RefusedWeight(accumulator, vector, long.MaxValue / 2));
        using EncryptedVector full = accumulator.Complete();

        FluentActions.Invoking(() => Context.Public.Evaluator.Add(full, vector))
            .Should().Throw<HeCapacityException>("the bound decides, not the value").Which.RemainingWeight.Should().Be(0);
    }

    private static long RefusedWeight(IAccumulator accumulator, EncryptedVector vector, long weight)
        => FluentActions.Invoking(() => accumulator.Add(vector, weight))
            .Should().Throw<HeCapacityException>().Which.RemainingWeight;

    private static byte[] SnapshotOf(IAccumulator accumulator)
    {
        using EncryptedVector snapshot = accumulator.Snapshot();
        return BytesOf(snapshot);
    }

    /// <summary>Returns a magnitude of which about <paramref name="share"/> fit into the capacity, noise included.</summary>
    private double ShareOfCapacity(double share)
    {
        double noise = Encryptor(VectorForm.Full).FreshBound(MaxAbs).ErrorBound;
        double wanted = Math.Max((Context.Parameters.Capacity / share) - (2 * noise), 2 * noise);
        return Math.Min(wanted, LargestBound(VectorForm.Full));
    }

    /// <summary>Finds the largest magnitude that can be encrypted, by bisection between 1 and the capacity.</summary>
    private double LargestBound(VectorForm form)
    {
        IEncryptor encryptor = Encryptor(form);
        double fits = 1;
        double exceeds = Context.Parameters.Capacity;
        for (int i = 0; i < 60; i++)
        {
            double middle = fits + ((exceeds - fits) / 2);
            try
            {
                encryptor.FreshBound(middle);
                fits = middle;
            }
            catch (HeCapacityException)
            {
                exceeds = middle;
            }
        }

        return fits;
    }
}
