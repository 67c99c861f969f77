using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;

namespace FedHe.TestKit.Conformance;

/// <summary>The compression tests check smaller vectors on the wire, for schemes that can compress.</summary>
public abstract partial class HeConformance
{
    [Fact]
    public void CompressorAndRescaler_OfTheContext_AreThereWhereTheyAreExpected()
    {
        (Context.Public.Compressor is not null).Should().Be(Subject.Compresses);
        (Context.Public.Rescaler is not null).Should().Be(Subject.Rescales);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Compress_OverTheWire_StaysWithinTheBoundItPromises(VectorForm form)
    {
        if (Context.Public.Compressor is not { } compressor)
        {
            return;
        }

        double[] values = Uniform(LengthOf(1, 1), seed: 190);
        using EncryptedVector vector = Encryptor(form).Encrypt(values, MaxAbs);
        foreach (int precision in (int[])[4, 12, 20])
        {
            double deviation = Math.ScaleB(MaxAbs, -precision);
            using EncryptedVector compressed = compressor.Compress(vector, deviation);
            byte[] bytes = BytesOf(compressed);
            using EncryptedVector received = Read(bytes);

            bytes.Length.Should().Be(compressed.EncodedLength).And.BeLessThanOrEqualTo(vector.EncodedLength);
            bytes.Length.Should().Be((int)compressor.EncodedLength(vector.Length, form, deviation));
            received.Bound.Should().Be(compressed.Bound).And.Be(compressor.CompressedBound(vector.Bound, form, deviation));
            received.Bound.NoiseSigma.Should().BeLessThanOrEqualTo((vector.Bound.NoiseSigma + deviation) * 1.001);
            BytesOf(received).AsSpan().SequenceEqual(bytes).Should().BeTrue("what is left out stays out");
            ShouldHold(received, values, "compression is within its bound");
            ShouldHold(compressed, values, "compression is within its bound");
        }

        ShouldHold(vector, values, "compression is within its bound");
    }

    [Fact]
    public void Compress_AndDispose_LeavesTheVectorUsableAndTheOtherWayRound()
    {
        if (Context.Public.Compressor is not { } compressor)
        {
            return;
        }

        double[] values = Uniform(30, seed: 191);
        EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt(values, MaxAbs);
        compressor.Compress(vector, MaxAbs).Dispose();
        EncryptedVector compressed = compressor.Compress(vector, Math.ScaleB(MaxAbs, -10));
        ShouldHold(vector, values, "compression is within its bound");
        vector.Dispose();
        vector.Dispose();

        ShouldHold(compressed, values, "compression is within its bound");
        FluentActions.Invoking(() => compressor.Compress(vector, MaxAbs)).Should().Throw<ObjectDisposedException>();
        compressed.Dispose();
        FluentActions.Invoking(() => Decrypt(compressed)).Should().Throw<ObjectDisposedException>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(70)]
    public void Sum_OfSeededVectors_WeighsThemInAnyFormOfDownload(int contributors)
    {
        if (Context.Public.Compressor is not { } compressor)
        {
            return;
        }

        // Few values and small weights, so that even the smallest parameters have room for all contributors.
        double maxAbs = Math.ScaleB(LargestBound(VectorForm.Full), -9);
        IEncryptor encryptor = Encryptor(VectorForm.Seeded);
        var expected = new double[9];
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(expected.Length);
        for (int contributor = 0; contributor < contributors; contributor++)
        {
            long weight = 1 + (contributor % 3);
            double[] values = [.. Uniform(expected.Length, seed: 200 + contributor).Select(value => value / MaxAbs * maxAbs)];
            using EncryptedVector vector = encryptor.Encrypt(values, maxAbs);
            sum.Add(vector, weight);
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += weight * values[i];
            }
        }

        using EncryptedVector aggregate = sum.Complete();
        using EncryptedVector expanded = compressor.Expand(aggregate);
        using EncryptedVector received = Read(BytesOf(aggregate));

        foreach (EncryptedVector vector in (EncryptedVector[])[aggregate, expanded, received])
        {
            double[] decrypted = Decrypt(vector);
            for (int i = 0; i < expected.Length; i++)
            {
                decrypted[i].Should().BeApproximately(expected[i], aggregate.Bound.ErrorBound + (1e-12 * Math.Abs(expected[i])));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Compress_SenselessDeviation_IsRefused(double deviation)
    {
        if (Context.Public.Compressor is { } compressor)
        {
            using EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt([0.5], MaxAbs);
            FluentActions.Invoking(() => compressor.Compress(vector, deviation)).Should().Throw<ArgumentOutOfRangeException>();
        }
    }
}
