using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Numerics;

namespace FedHe.TestKit.Conformance;

/// <content>The bounds on very many vectors.</content>
public abstract partial class HeConformance
{
    private const int RandomVectorLength = 48;

    /// <summary>Checks the error bound on ten thousand vectors of 48 values, or fewer for a scheme without noise.</summary>
    /// <remarks>
    /// The vectors lie side by side in one encryption so that the test is fast: every value of a ciphertext has its own noise,
    /// so the arrangement makes no difference to the bound. Each vector draws its own pattern and its own magnitude up to the
    /// bound; the first tenth holds the extremes only.
    /// </remarks>
    [Theory]
    [MemberData(nameof(Forms))]
    public void Bound_OfManyRandomVectors_IsNeverExceeded(VectorForm form)
    {
        double[] left = ManyVectors(seed: 120);
        double[] right = ManyVectors(seed: 121);
        using EncryptedVector leftVector = Encryptor(form).Encrypt(left, MaxAbs);
        using EncryptedVector rightVector = Encryptor(form).Encrypt(right, MaxAbs);
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(left.Length);
        accumulator.Add(leftVector, 17);
        accumulator.Add(rightVector, 40);
        using EncryptedVector sum = accumulator.Complete();

        ShouldHold(leftVector, left, $"{form}, fresh");
        ShouldHold(sum, WeightedSum([left, right], [17, 40]), $"{form}, weighted sum");
    }

    private double[] ManyVectors(int seed)
    {
        int count = Subject.RandomVectors;
        var random = new Random(seed);
        ValuePattern[] extremes = [ValuePattern.Maximum, ValuePattern.Minimum, ValuePattern.Alternating, ValuePattern.RandomSigns];
        var values = new double[count * RandomVectorLength];
        for (int i = 0; i < count; i++)
        {
            bool extreme = i < count / 10;
            ValuePattern pattern = extreme
                ? extremes[i * extremes.Length / (count / 10)]
                : TestVectors.Patterns[random.Next(TestVectors.Patterns.Count)];
            double maxAbs = extreme ? MaxAbs : MaxAbs * random.NextDouble();
            TestVectors.Fill(values.AsSpan(i * RandomVectorLength, RandomVectorLength), pattern, maxAbs, random);
        }

        return values;
    }
}
