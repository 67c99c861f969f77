using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Numerics;

namespace FedHe.TestKit.Conformance;

/// <content>Sums, weighted sums, and the life of an accumulator.</content>
public abstract partial class HeConformance
{
    private static readonly int[] Weights = [3, 1, 25, 7, 60];

    [Fact]
    public void EvaluatorAndReader_Always_BelongToTheParameters()
    {
        Context.Public.Evaluator.Parameters.Id.Should().Be(Context.ParametersId);
        Context.Public.Reader.Parameters.Id.Should().Be(Context.ParametersId);
    }

    [Fact]
    public void Add_TwoVectorsOfAnyForm_DecryptsToTheSum()
    {
        int length = LengthOf(1, 1);
        double[] left = Uniform(length, seed: 20);
        double[] right = Uniform(length, seed: 21);
        ExactSum[] exact = WeightedSum([left, right], [1, 1]);
        using EncryptedVector full = Encryptor(VectorForm.Full).Encrypt(left, MaxAbs);
        using EncryptedVector seeded = Encryptor(VectorForm.Seeded).Encrypt(right, MaxAbs);
        using EncryptedVector otherSeeded = Encryptor(VectorForm.Seeded).Encrypt(left, MaxAbs);

        using EncryptedVector mixed = Context.Public.Evaluator.Add(full, seeded);
        using EncryptedVector mirrored = Context.Public.Evaluator.Add(seeded, full);
        using EncryptedVector bothSeeded = Context.Public.Evaluator.Add(otherSeeded, seeded);

        mixed.Bound.Should().Be(full.Bound.Add(seeded.Bound));
        BytesOf(mirrored).Should().Equal(BytesOf(mixed));
        ShouldHold(mixed, exact, "full and seeded");
        ShouldHold(bothSeeded, exact, "both seeded");
    }

    [Fact]
    public void WeightedSum_OfEveryPattern_DecryptsToTheExactSum()
    {
        int length = LengthOf(1, 1);
        var random = new Random(22);
        foreach (ValuePattern pattern in TestVectors.Patterns)
        {
            double[][] updates = [.. Weights.Select(_ => TestVectors.Create(length, pattern, MaxAbs, random))];
            using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(length);
            for (int i = 0; i < updates.Length; i++)
            {
                VectorForm form = i % 2 == 0 ? VectorForm.Seeded : VectorForm.Full;
                using EncryptedVector vector = Encryptor(form).Encrypt(updates[i], MaxAbs);
                accumulator.Add(vector, Weights[i]);
            }

            using EncryptedVector sum = accumulator.Complete();

            ShouldHold(sum, WeightedSum(updates, Weights), $"{pattern}");
        }
    }

    [Fact]
    public void WeightedSum_InAnyOrder_GivesTheSameBytes()
    {
        int length = LengthOf(1, 1);
        List<EncryptedVector> vectors = EncryptSome(length, seed: 23);
        int[][] orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 4, 0, 3, 2]];

        byte[][] sums = [.. orders.Select(order => BytesOfSum(length, order.Select(i => (vectors[i], Weights[i]))))];

        sums.Should().AllSatisfy(sum => sum.AsSpan().SequenceEqual(sums[0]).Should().BeTrue("the order of arrival is not part of the result"));
        vectors.ForEach(vector => vector.Dispose());
    }

    [Fact]
    public void HiddenWeights_EncryptedBesideTheirProducts_GiveTheWeightedAverage()
    {
        // [w, w*x]: the weight travels in the same vector as the values it weighs, and only additions are left.
        int length = LengthOf(1, 1);
        double maxAbs = Weights.Max();
        double[][] updates = [.. Weights.Select((_, i) => Uniform(length - 1, seed: 30 + i))];
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(length);
        for (int i = 0; i < updates.Length; i++)
        {
            int weight = Weights[i];
            double[] weighed = [weight, .. updates[i].Select(value => weight * value)];
            using EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt(weighed, maxAbs);
            accumulator.Add(vector);
        }

        using EncryptedVector sum = accumulator.Complete();
        double[] decrypted = Decrypt(sum);

        // Both numerator and denominator carry the error; the quotient is at most MaxAbs.
        double totalWeight = Weights.Sum();
        double tolerance = 1.01 * (1 + MaxAbs) * (sum.Bound.ErrorBound + (totalWeight * 1e-15)) / (totalWeight - sum.Bound.ErrorBound);
        ExactSum[] exact = WeightedSum(updates, Weights);
        decrypted[0].Should().BeApproximately(totalWeight, sum.Bound.ErrorBound);
        for (int i = 0; i < exact.Length; i++)
        {
            Math.Abs((decrypted[i + 1] / decrypted[0]) - (exact[i].High / totalWeight)).Should().BeLessThanOrEqualTo(tolerance);
        }
    }

    [Fact]
    public void Accumulator_Add_EqualsAWeightOfOne()
    {
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(Uniform(30, seed: 40), MaxAbs);
        using IAccumulator plain = Context.Public.Evaluator.CreateAccumulator(30);
        plain.Add(vector);
        using EncryptedVector sum = plain.Complete();

        BytesOf(sum).Should().Equal(BytesOfSum(30, [(vector, 1)]));
        sum.KeyId.Should().Be(vector.KeyId);
        sum.Bound.Should().Be(vector.Bound);
    }

    [Fact]
    public void Accumulator_VectorDisposedAfterwards_KeepsItsSum()
    {
        double[] values = Uniform(LengthOf(1, 1), seed: 41);
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(values.Length);
        EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(values, MaxAbs);
        accumulator.Add(vector);
        vector.Dispose();

        // Takes the returned memory from the pool, should the sum still point to it.
        using EncryptedVector other = Encryptor(VectorForm.Full).Encrypt(Uniform(values.Length, seed: 42), MaxAbs);
        using EncryptedVector sum = accumulator.Complete();

        ShouldHold(sum, values, "the vector was disposed after it was added");
    }

    [Fact]
    public void Accumulator_Complete_IsFrozen()
    {
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(Uniform(30, seed: 43), MaxAbs);
        IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(30);
        accumulator.Add(vector);
        accumulator.Add(vector, 2);
        accumulator.Count.Should().Be(2);
        accumulator.Length.Should().Be(30);

        using EncryptedVector sum = accumulator.Complete();
        byte[] before = BytesOf(sum);

        FluentActions.Invoking(() => accumulator.Add(vector)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => accumulator.Add(vector, 1)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(accumulator.Complete).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(accumulator.Snapshot).Should().Throw<InvalidOperationException>();
        accumulator.Dispose();
        accumulator.Dispose();
        BytesOf(sum).Should().Equal(before, "the sum belongs to its taker, not to the accumulator");
    }

    [Fact]
    public void Accumulator_Empty_HasNoSum()
    {
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(30);

        FluentActions.Invoking(accumulator.Complete).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(accumulator.Snapshot).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Accumulator_Disposed_RefusesEverything()
    {
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(Uniform(30, seed: 44), MaxAbs);
        IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(30);
        accumulator.Add(vector);
        accumulator.Dispose();

        FluentActions.Invoking(() => accumulator.Add(vector)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(accumulator.Complete).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(accumulator.Snapshot).Should().Throw<InvalidOperationException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Accumulator_LengthOrWeightBelowOne_IsRefused(int number)
    {
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt([0.5], MaxAbs);
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(1);

        FluentActions.Invoking(() => Context.Public.Evaluator.CreateAccumulator(number)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Context.Public.Evaluator.CreateAccumulator(number)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => accumulator.Add(vector, number)).Should().Throw<ArgumentOutOfRangeException>();
        accumulator.Count.Should().Be(0);
    }

    [Fact]
    public void Snapshot_ReadBackIntoAnEmptySum_ResumesToTheSameBytes()
    {
        int length = LengthOf(1, 1);
        List<EncryptedVector> vectors = EncryptSome(length, seed: 45);
        byte[] uninterrupted = BytesOfSum(length, vectors.Zip(Weights));
        for (int saved = 1; saved < vectors.Count; saved++)
        {
            using IAccumulator first = Context.Public.Evaluator.CreateAccumulator(length);
            for (int i = 0; i < saved; i++)
            {
                first.Add(vectors[i], Weights[i]);
            }

            using EncryptedVector snapshot = first.Snapshot();
            byte[] bytes = BytesOf(snapshot);
            first.Add(vectors[^1], 2);
            BytesOf(snapshot).Should().Equal(bytes, "a snapshot is a copy");

            using EncryptedVector restored = Read(bytes);
            byte[] resumed = BytesOfSum(length, [(restored, 1), .. vectors.Zip(Weights).Skip(saved)]);

            resumed.AsSpan().SequenceEqual(uninterrupted).Should().BeTrue($"it was saved after {saved} of {vectors.Count} vectors");
        }

        vectors.ForEach(vector => vector.Dispose());
    }

    private static ExactSum[] WeightedSum(double[][] updates, int[] weights)
    {
        var sums = new ExactSum[updates[0].Length];
        for (int i = 0; i < updates.Length; i++)
        {
            for (int j = 0; j < sums.Length; j++)
            {
                sums[j] = sums[j].AddProduct(weights[i], updates[i][j]);
            }
        }

        return sums;
    }

    private List<EncryptedVector> EncryptSome(int length, int seed)
        => [.. Weights.Select((_, i) =>
            Encryptor(i % 2 == 0 ? VectorForm.Seeded : VectorForm.Full).Encrypt(Uniform(length, seed + i), MaxAbs))];

    private byte[] BytesOfSum(int length, IEnumerable<(EncryptedVector Vector, int Weight)> terms)
    {
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(length);
        foreach ((EncryptedVector vector, int weight) in terms)
        {
            accumulator.Add(vector, weight);
        }

        using EncryptedVector sum = accumulator.Complete();
        return BytesOf(sum);
    }
}
