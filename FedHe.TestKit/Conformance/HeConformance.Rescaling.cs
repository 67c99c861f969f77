using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.TestKit.Numerics;
using FedHe.TestKit.Schemes;

namespace FedHe.TestKit.Conformance;

/// <content>Multiplication by a real, for schemes that have a level to spend.</content>
public abstract partial class HeConformance
{
    private static readonly double[] Scalars = [1, 0.5, -0.25, 1.0 / 3, -0.999, 1e-3];

    [Fact]
    public void MultiplyScalar_WhereTheSchemeCan_DecryptsToTheProduct()
    {
        if (Context.Public.Rescaler is not { } rescaler)
        {
            return;
        }

        foreach (double scalar in Scalars)
        {
            double[] values = Uniform(LengthOf(1, 1), seed: 70);
            using EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt(values, MaxAbs);
            using EncryptedVector product = rescaler.MultiplyScalar(vector, scalar);

            var exact = new ExactSum[values.Length];
            for (int i = 0; i < exact.Length; i++)
            {
                exact[i] = exact[i].AddProduct(scalar, values[i]);
            }

            ShouldHold(product, exact, $"multiplied by {scalar}");
            FluentActions.Invoking(() => rescaler.MultiplyScalar(product, scalar))
                .Should().Throw<HeCapacityException>("there is one level only");
            using EncryptedVector copy = Read(BytesOf(product));
            (vector.SpentDepth, product.SpentDepth, copy.SpentDepth).Should().Be((0, 1, 1));
            Decrypt(copy).Should().Equal(Decrypt(product));
            BytesOf(copy).Should().Equal(BytesOf(product));
        }
    }

    [Fact]
    public void MultiplyScalar_ThenSum_IsThePapersWeightedAverage()
    {
        if (Context.Public.Rescaler is not { } rescaler)
        {
            return;
        }

        double[][] updates = [.. Weights.Select((_, i) => Uniform(LengthOf(0, 300), seed: 71 + i))];
        double total = Weights.Sum();
        var exact = new ExactSum[updates[0].Length];
        using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(exact.Length);
        for (int i = 0; i < updates.Length; i++)
        {
            using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(updates[i], MaxAbs);
            using EncryptedVector product = rescaler.MultiplyScalar(vector, Weights[i] / total);
            accumulator.Add(product);
            for (int j = 0; j < exact.Length; j++)
            {
                exact[j] = exact[j].AddProduct(Weights[i] / total, updates[i][j]);
            }

            FluentActions.Invoking(() => accumulator.Add(vector)).Should().Throw<HeMismatchException>("its level differs from the sum's");
            FluentActions.Invoking(() => Context.Public.Evaluator.Add(product, vector)).Should().Throw<HeMismatchException>();
        }

        using EncryptedVector sum = accumulator.Complete();
        ShouldHold(sum, exact, "a sum of products");
    }

    [Fact]
    public void Accumulator_AfterRefusingADisposedProduct_TakesNoLevelFromIt()
    {
        if (Context.Public.Rescaler is { } rescaler)
        {
            double[] values = Uniform(30, seed: 76);
            using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(values, MaxAbs);
            EncryptedVector disposed = rescaler.MultiplyScalar(vector, 0.5);
            disposed.Dispose();
            using IAccumulator accumulator = Context.Public.Evaluator.CreateAccumulator(30);
            FluentActions.Invoking(() => accumulator.Add(disposed)).Should().Throw<ObjectDisposedException>();

            accumulator.Add(vector);
            using EncryptedVector sum = accumulator.Complete();

            BytesOf(sum).Should().Equal(BytesOfSum(30, [(vector, 1)]));
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-0.0)]
    [InlineData(1.0000001)]
    [InlineData(-2.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void MultiplyScalar_ScalarOutsideItsRange_IsRefused(double scalar)
    {
        if (Context.Public.Rescaler is { } rescaler)
        {
            using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(Uniform(30, seed: 77), MaxAbs);

            FluentActions.Invoking(() => rescaler.MultiplyScalar(vector, scalar)).Should().Throw<ArgumentOutOfRangeException>();
        }
    }

    [Fact]
    public void MultiplyScalar_ForeignVector_IsRefused()
    {
        if (Context.Public.Rescaler is { } rescaler)
        {
            foreach (SchemeUnderTest foreigner in SchemeRegistry.ForeignTo(Subject))
            {
                using KeyPair keys = foreigner.Context.GenerateKeyPair();
                using EncryptedVector vector = foreigner.Context.CreateEncryptor(keys.SecretKey).Encrypt(Uniform(30, seed: 78), MaxAbs);

                FluentActions.Invoking(() => rescaler.MultiplyScalar(vector, 0.5)).Should().Throw<HeMismatchException>();
            }
        }
    }
}
