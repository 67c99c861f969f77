using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Sums of uploads open with the sum of the round keys, within the planned error, and with nothing else.</summary>
public sealed class KeyAdditiveSumTests
{
    [Theory]
    [InlineData(3, 24)]
    [InlineData(10, 24)]
    [InlineData(10, 16)]
    [InlineData(100, 24)]
    [InlineData(100, 16)]
    [InlineData(1000, 24)]
    public void Average_OfFixedPoint_HasThePlannedDeviationAndNoBias(int contributors, int precision)
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(contributors, precision);
        int length = contributors == 1000 ? 2048 : 4 * 2048;
        (double[] errors, VectorErrors stated) = ErrorsOfAverage(context, contributors, length, seed: 7);
        double deviation = Math.Sqrt(errors.Average(error => error * error));
        double statistical = 4 * deviation / Math.Sqrt(errors.Length);
        errors.Average().Should().BeInRange(-statistical, statistical, "seed 7: opening restores the mean of the bits left out");
        deviation.Should().BeLessThan(Math.ScaleB(1, -precision - 1) * (1 + (4 / Math.Sqrt(2.0 * errors.Length))), "seed 7");
        deviation.Should().BeGreaterThan(Math.ScaleB(1, -precision - 2), "seed 7: the plan wastes less than one bit");
        errors.Max(Math.Abs).Should().BeLessThan(stated.Bound / contributors, "seed 7");
    }

    [Theory]
    [InlineData(3, 24)]
    [InlineData(3, 8)]
    [InlineData(10, 16)]
    [InlineData(10, 4)]
    [InlineData(100, 24)]
    [InlineData(1000, 12)]
    public void Sum_OfExactIntegers_IsExact(int contributors, int precision)
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(contributors, precision, KeyAdditiveEncoding.ExactIntegers);
        int length = context.Parameters.ValuesPerCiphertext + 5;
        using var attempt = new KeyAdditiveAttempt(context);
        var random = new System.Random(11);
        double scale = Math.ScaleB(1, precision - 1);
        var exact = new double[length];
        for (int client = 0; client < contributors; client++)
        {
            double[] values = ValuesOf(random, length);
            attempt.Upload(values);
            for (int i = 0; i < length; i++)
            {
                exact[i] += Math.Round(values[i] * scale) / scale;
            }
        }

        using EncryptedVector sum = attempt.Sum();
        attempt.Open(sum).Should().Equal(exact, "seed 11");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void DecryptRange_OfWholeCiphertexts_GivesTheirValues_AndNothingElse(int threads)
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(2, 24, threads: threads);
        int perCiphertext = context.Parameters.ValuesPerCiphertext;
        using var attempt = new KeyAdditiveAttempt(context);
        foreach (int seed in (int[])[21, 22])
        {
            attempt.Upload(ValuesOf(new System.Random(seed), (3 * perCiphertext) + 5));
        }

        using EncryptedVector sum = attempt.Sum();
        double[] whole = attempt.Open(sum);
        using RoundKeySum key = attempt.KeySum();
        var decryptor = (IRangeDecryptor)context.CreateDecryptor(key);
        (decryptor.RangeLength % perCiphertext).Should().Be(0);
        for (int start = 0; start < whole.Length; start += perCiphertext)
        {
            for (int end = start + perCiphertext; end < whole.Length + perCiphertext; end += perCiphertext)
            {
                var part = new double[Math.Min(end, whole.Length) - start];
                decryptor.DecryptRange(sum, start, part);
                part.Should().Equal(whole[start..(start + part.Length)], "seeds 21 and 22, from {0}", start);
            }
        }

        foreach ((int start, int count) in ((int, int)[])[(1, perCiphertext), (0, perCiphertext - 1), (0, 0), (-perCiphertext, perCiphertext), (0, whole.Length + 1)])
        {
            decryptor.Invoking(one => one.DecryptRange(sum, start, new double[count])).Should().Throw<ArgumentException>();
        }
    }

    [Fact]
    public void Upload_InSeveralVectors_OpensVectorByVector()
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(2, 24);
        using var attempt = new KeyAdditiveAttempt(context);
        using RoundKey first = context.GenerateRoundKey(attempt.Seed);
        using RoundKey second = context.GenerateRoundKey(attempt.Seed);
        IEncryptor left = context.CreateEncryptor(first);
        IEncryptor right = context.CreateEncryptor(second);
        using RoundKeySum opening = context.CreateKeySum(attempt.Seed, 2, KeyAdditiveAttempt.SumOf([first, second]));
        IDecryptor decryptor = context.CreateDecryptor(opening);
        foreach (int length in (int[])[5000, 2048, 1])
        {
            double[] values = ValuesOf(new System.Random(length), length);
            using EncryptedVector x = left.Encrypt(values, 1);
            using EncryptedVector y = right.Encrypt(values.Select(value => (float)-value).ToArray(), 1);
            using EncryptedVector sum = context.Public.Evaluator.Add(x, y);
            using EncryptedVector received = attempt.Send(sum);
            var opened = new double[length];
            decryptor.Decrypt(received, opened);
            opened.Max(Math.Abs).Should().BeLessThan(sum.Bound.ErrorBound + Math.ScaleB(1, -24));
        }
    }

    [Fact]
    public void Vectors_AtOtherPositions_DoNotMix()
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(2, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        using RoundKey first = context.GenerateRoundKey(attempt.Seed);
        IEncryptor left = context.CreateEncryptor(first);
        using EncryptedVector x0 = left.Encrypt(new double[100], 1);
        using EncryptedVector x1 = left.Encrypt(new double[100], 1);
        EncryptedVector y0 = attempt.Upload(new double[100]);
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(100);
        sum.Add(x1);
        sum.Invoking(own => own.Add(y0)).Should().Throw<HeMismatchException>();
        sum.Count.Should().Be(1);
    }

    [Fact]
    public void Vectors_OfAnotherAttempt_DoNotMixAndDoNotOpen()
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(2, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        using var other = new KeyAdditiveAttempt(context, "attempt 2");
        attempt.Upload(new double[10]);
        attempt.Upload(new double[10]);
        using IAccumulator mixed = context.Public.Evaluator.CreateAccumulator(10);
        mixed.Add(attempt.Uploads[0]);
        mixed.Invoking(own => own.Add(other.Upload(new double[10]))).Should().Throw<HeMismatchException>();
        other.Upload(new double[10]);
        using EncryptedVector foreign = other.Sum();
        attempt.Invoking(own => own.Open(foreign)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Sum_OfOtherContributors_IsNotOpened()
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(3, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        attempt.Upload(new double[10]);
        attempt.Upload(new double[10]);
        using EncryptedVector two = attempt.Sum();
        attempt.Upload(new double[10]);
        attempt.Invoking(own => own.Open(two)).Should().Throw<HeMismatchException>();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    public void SumReadInPlace_OfBytesThatChangeAfterTheirCheck_IsNotDecrypted(int contributors)
    {
        using KeyAdditiveAttempt attempt = AttemptOfThree(contributors);
        using EncryptedVector sum = attempt.Sum();
        byte[] bytes = KeyAdditiveAttempt.BytesOf(sum);
        using EncryptedVector later = ReadInPlace(attempt, bytes);
        using RoundKeySum key = attempt.KeySum();
        var values = new double[sum.Length];
        IDecryptor decryptor = attempt.Context.CreateDecryptor(key);
        decryptor.Decrypt(later, values);
        values.Should().Contain(value => value != 0);

        bytes.AsSpan(^100).Fill(byte.MaxValue);

        FluentActions.Invoking(() => decryptor.Decrypt(later, values)).Should().Throw<HeFormatException>();
        values.Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    public void SumReadInPlace_OfBytesThatChangeAfterTheirCheck_IsNotAdded(int contributors)
    {
        using KeyAdditiveAttempt attempt = AttemptOfThree(contributors);
        using EncryptedVector sum = attempt.Sum();
        byte[] bytes = KeyAdditiveAttempt.BytesOf(sum);
        using EncryptedVector later = ReadInPlace(attempt, bytes);
        using IAccumulator accumulator = attempt.Context.Public.Evaluator.CreateAccumulator(sum.Length);

        bytes.AsSpan(^100).Fill(byte.MaxValue);

        accumulator.Invoking(own => own.Add(later)).Should().Throw<HeFormatException>();
        accumulator.Count.Should().Be(0);
        accumulator.Add(sum);
    }

    [Fact]
    public void Accumulator_WithAWeight_RefusesAndStaysAsItWas()
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(10, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(10);
        EncryptedVector upload = attempt.Upload(new double[10]);
        sum.Invoking(own => own.Add(upload, weight: 2)).Should().Throw<HeCapacityException>().Which.RemainingWeight.Should().Be(1);
        sum.Count.Should().Be(0);
        sum.Add(upload);
    }

    [Fact]
    public void Accumulator_BeyondThePlannedContributors_Refuses()
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(2, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(10);
        for (int i = 0; i < 2; i++)
        {
            sum.Add(attempt.Upload(new double[10]));
        }

        sum.Invoking(own => own.Add(attempt.Upload(new double[10]))).Should().Throw<HeCapacityException>();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(60)]
    public void Snapshot_InAnEmptyAccumulator_ResumesTheSum(int contributors)
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(contributors, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        var random = new System.Random(3);
        for (int i = 0; i < contributors; i++)
        {
            attempt.Upload(ValuesOf(random, 3000));
        }

        using EncryptedVector whole = attempt.Sum();
        using IAccumulator begun = context.Public.Evaluator.CreateAccumulator(3000);
        foreach (EncryptedVector upload in attempt.Uploads.Take(contributors - 1))
        {
            begun.Add(upload);
        }

        using EncryptedVector saved = attempt.Send(begun.Snapshot());
        using IAccumulator resumed = context.Public.Evaluator.CreateAccumulator(3000);
        resumed.Add(saved);
        resumed.Add(attempt.Uploads[^1]);
        using EncryptedVector sum = resumed.Complete();
        KeyAdditiveAttempt.BytesOf(sum).Should().Equal(KeyAdditiveAttempt.BytesOf(whole), "seed 3");
    }

    /// <summary>The end of a sum packs in the memory of the sums, which a snapshot leaves alone.</summary>
    [Theory]
    [InlineData(3, 16, 1)]
    [InlineData(3, 16, 2)]
    [InlineData(3, 16, -1)]
    [InlineData(3, 30, 3)]
    [InlineData(65, 16, 1)]
    [InlineData(65, 16, 2)]
    [InlineData(65, 24, 5)]
    public void Complete_OnAnyNumberOfThreads_GivesTheBytesOfASnapshot(int contributors, int precision, int threads)
    {
        const int Length = 70_000;
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(contributors, precision, threads: threads);
        using var attempt = new KeyAdditiveAttempt(context);
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(Length);
        for (int i = 0; i < contributors; i++)
        {
            sum.Add(attempt.Upload(ValuesOf(new System.Random(i % 3), Length)));
        }

        using EncryptedVector snapshot = sum.Snapshot();
        using EncryptedVector complete = sum.Complete();
        KeyAdditiveAttempt.BytesOf(complete).Should().Equal(KeyAdditiveAttempt.BytesOf(snapshot));
    }

    [Theory]
    [InlineData(32, false)]
    [InlineData(33, true)]
    [InlineData(64, false)]
    [InlineData(65, true)]
    [InlineData(200, true)]
    public void Sum_OfManyUploads_TravelsInTheWindow(int contributors, bool isWindow)
    {
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(contributors, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        for (int i = 0; i < contributors; i++)
        {
            attempt.Upload(new double[10]);
        }

        using EncryptedVector sum = attempt.Sum();
        int full = (int)Math.Ceiling(Math.Log2(contributors)) + context.Parameters.KeptBits;
        int width = ((KeyAdditiveVector)sum).Range.Width;
        (width < full).Should().Be(isWindow);
        sum.EncodedLength.Should().Be((int)context.Public.EncodedLength(10, VectorForm.Full, contributors));
    }

    [Fact]
    public void Sum_OutsideTheWindow_TravelsInFullWidth()
    {
        // Uploads of zeros alone, which no honest client sends, have the smallest sum.
        KeyAdditiveContext context = KeyAdditiveAttempt.ContextFor(100, 16);
        using var attempt = new KeyAdditiveAttempt(context);
        byte[] bytes = KeyAdditiveAttempt.BytesOf(attempt.Upload(new double[10]));
        bytes.AsSpan(bytes.Length - (2048 * context.Parameters.KeptBits / 8)).Clear();
        using IAccumulator sum = context.Public.Evaluator.CreateAccumulator(10);
        for (int i = 0; i < 100; i++)
        {
            using EncryptedVector zeros = context.Public.Reader.Read(bytes, WireLimits.Default);
            sum.Add(zeros);
        }

        using EncryptedVector complete = sum.Complete();
        using EncryptedVector received = attempt.Send(complete);
        ((KeyAdditiveVector)received).Range.Least.Should().Be(0);
        ((KeyAdditiveVector)received).Range.Width.Should().Be(context.Parameters.KeptBits + 7);
    }

    [Theory]
    [InlineData(KeyAdditiveEncoding.FixedPoint)]
    [InlineData(KeyAdditiveEncoding.ExactIntegers)]
    public void Threads_DoNotChangeASum(KeyAdditiveEncoding encoding)
    {
        KeyAdditiveContext parallel = KeyAdditiveAttempt.ContextFor(3, 16, encoding, threads: 2);
        KeyAdditiveContext single = KeyAdditiveAttempt.ContextFor(3, 16, encoding, threads: 1);
        using var attempt = new KeyAdditiveAttempt(parallel);
        for (int i = 0; i < 3; i++)
        {
            attempt.Upload(ValuesOf(new System.Random(i), 100_000));
        }

        using EncryptedVector sum = attempt.Sum();
        using IAccumulator accumulator = single.Public.Evaluator.CreateAccumulator(100_000);
        foreach (EncryptedVector upload in attempt.Uploads)
        {
            accumulator.Add(upload);
        }

        using EncryptedVector other = accumulator.Complete();
        KeyAdditiveAttempt.BytesOf(other).Should().Equal(KeyAdditiveAttempt.BytesOf(sum));
        using RoundKeySum key = single.CreateKeySum(attempt.Seed, 3, KeyAdditiveAttempt.SumOf(attempt.Keys));
        var opened = new double[100_000];
        single.CreateDecryptor(key).Decrypt(other, opened);
        opened.Should().Equal(attempt.Open(sum));
    }

    private static (double[] Errors, VectorErrors Stated) ErrorsOfAverage(
        KeyAdditiveContext context, int contributors, int length, int seed)
    {
        using var attempt = new KeyAdditiveAttempt(context);
        var random = new System.Random(seed);
        var exact = new double[length];
        for (int client = 0; client < contributors; client++)
        {
            double[] values = ValuesOf(random, length);
            attempt.Upload(values);
            for (int i = 0; i < length; i++)
            {
                exact[i] += values[i];
            }
        }

        using EncryptedVector complete = attempt.Sum();
        using EncryptedVector sum = attempt.Send(complete);
        double[] opened = attempt.Open(sum);
        return ([.. opened.Zip(exact, (value, right) => (value - right) / contributors)], new VectorErrors(sum.Bound.ErrorBound));
    }

    private static double[] ValuesOf(System.Random random, int length)
        => [.. Enumerable.Range(0, length).Select(i => i < 4 ? 1 - (2 * (i % 2)) : (2 * random.NextDouble()) - 1)];

    private static KeyAdditiveAttempt AttemptOfThree(int contributors)
    {
        var attempt = new KeyAdditiveAttempt(KeyAdditiveAttempt.ContextFor(contributors, precision: 24));
        for (int i = 0; i < 3; i++)
        {
            attempt.Upload([0.5, -0.25, 0.125]);
        }

        return attempt;
    }

    private static EncryptedVector ReadInPlace(KeyAdditiveAttempt attempt, byte[] bytes)
    {
        attempt.Context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? vector, out _).Should().BeTrue();
        return vector!;
    }

    private sealed record VectorErrors(double Bound);
}
