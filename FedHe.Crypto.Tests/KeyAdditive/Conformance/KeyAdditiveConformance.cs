using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Hostile;
using FedHe.TestKit.Numerics;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

/// <summary>The contracts of key-additive encryption, for one parameter set and its largest number of uploads.</summary>
public abstract class KeyAdditiveConformance
{
    private const int Seed = 2028;

    // What a parser allocates beside a vector: objects of a vector and of a buffer, and, once, a workspace.
    private const long ParserAllowance = 4096;

    private readonly KeyAdditiveRequirements _requirements;
    private readonly KeyAdditiveContext _context;

    /// <summary>Plans the parameter set.</summary>
    protected KeyAdditiveConformance(KeyAdditiveRequirements requirements, int degree)
    {
        _requirements = requirements;
        _context = new KeyAdditiveContext(
            KeyAdditiveParameters.Plan(requirements), new HeContextOptions { MaxDegreeOfParallelism = 1 });
        _context.Parameters.Degree.Should().Be(degree, "the sets cover both degrees");
    }

    private int Contributors => _requirements.MaxContributors;

    private bool IsExact => _requirements.Encoding == KeyAdditiveEncoding.ExactIntegers;

    private int Length => _context.Parameters.ValuesPerCiphertext + 5;

    private IEvaluator Evaluator => _context.Public.Evaluator;

    [Theory]
    [InlineData(ValuePattern.Maximum)]
    [InlineData(ValuePattern.Minimum)]
    [InlineData(ValuePattern.RandomSigns)]
    [InlineData(ValuePattern.Uniform)]
    [InlineData(ValuePattern.ManyScales)]
    [InlineData(ValuePattern.Subnormal)]
    public void Sum_OfAllContributors_HoldsTheBoundOnItsError(ValuePattern pattern)
    {
        var random = new System.Random(Seed);
        using var attempt = new KeyAdditiveAttempt(_context);
        double step = 1.0 / _context.Parameters.Scale;
        var exact = new ExactSum[Length];
        for (int client = 0; client < Contributors; client++)
        {
            double[] values = TestVectors.Create(Length, pattern, maxAbs: 1, random);
            attempt.Upload(values);
            for (int i = 0; i < Length; i++)
            {
                exact[i] = exact[i].AddProduct(1, IsExact ? step * Math.Round(values[i] / step) : values[i]);
            }
        }

        using EncryptedVector complete = attempt.Sum();
        using EncryptedVector sum = attempt.Send(complete);
        double[] opened = attempt.Open(sum);
        for (int i = 0; i < Length; i++)
        {
            double allowed = IsExact ? 0 : sum.Bound.ErrorBound;
            exact[i].DistanceTo(opened[i]).Should().BeLessThanOrEqualTo(allowed, $"seed {Seed}, {pattern}, index {i}");
            Math.Abs(opened[i]).Should().BeLessThan(_context.Parameters.Capacity);
        }
    }

    [Fact]
    public void Errors_OfManyValues_HaveThePlannedDeviationAndNoMean()
    {
        if (IsExact)
        {
            return;
        }

        // Every number of uploads from 2 on, odd ones with their half included, up to ten, and the largest.
        foreach (int contributors in Enumerable.Range(2, Math.Min(Contributors, 5) - 1).Append(Contributors).Distinct())
        {
            using var attempt = new KeyAdditiveAttempt(_context, $"{contributors} uploads");
            int length = contributors > 100 ? 2 * Length : 8 * Length;
            var random = new System.Random(Seed);
            var exact = new double[length];
            for (int client = 0; client < contributors; client++)
            {
                double[] values = TestVectors.Create(length, ValuePattern.Uniform, maxAbs: 1, random);
                attempt.Upload(values);
                for (int i = 0; i < length; i++)
                {
                    exact[i] += values[i];
                }
            }

            using EncryptedVector sum = attempt.Sum();
            double[] errors = [.. attempt.Open(sum).Zip(exact, (value, right) => value - right)];
            double deviation = Math.Sqrt(errors.Average(error => error * error));
            double planned = _context.Parameters.Noise.DeviationOfSum(contributors) / _context.Parameters.Scale;
            (deviation / planned).Should().BeInRange(0.95, 1.05, $"seed {Seed}, {contributors} uploads");
            Math.Abs(errors.Average()).Should().BeLessThan(5 * planned / Math.Sqrt(length), $"seed {Seed}, {contributors} uploads");
        }
    }

    [Fact]
    public void Sum_InAnyOrderAndGrouping_HasTheSameBytes()
    {
        int count = Math.Min(Contributors, 12);
        using var attempt = new KeyAdditiveAttempt(_context);
        var random = new System.Random(Seed);
        for (int i = 0; i < count; i++)
        {
            attempt.Upload(TestVectors.Create(Length, ValuePattern.Uniform, maxAbs: 1, random));
        }

        using EncryptedVector inOrder = attempt.Sum();
        byte[] expected = KeyAdditiveAttempt.BytesOf(inOrder);
        for (int trial = 0; trial < 4; trial++)
        {
            EncryptedVector[] shuffled = [.. attempt.Uploads];
            random.Shuffle(shuffled);
            using IAccumulator left = Evaluator.CreateAccumulator(Length);
            using IAccumulator right = Evaluator.CreateAccumulator(Length);
            int split = random.Next(1, count);
            Array.ForEach(shuffled[..split], vector => left.Add(vector));
            Array.ForEach(shuffled[split..], vector => right.Add(vector));
            using EncryptedVector one = left.Complete();
            using EncryptedVector other = right.Complete();
            using EncryptedVector received = attempt.Send(other);
            using EncryptedVector sum = Evaluator.Add(received, one);
            KeyAdditiveAttempt.BytesOf(sum).Should().Equal(expected, $"seed {Seed}, trial {trial}");
        }
    }

    [Fact]
    public void Upload_Always_CarriesIdentityAndThePlannedBoundAndLength()
    {
        using var attempt = new KeyAdditiveAttempt(_context);
        EncryptedVector upload = attempt.Upload(new double[Length]);
        (upload.Length, upload.CiphertextCount, upload.Form).Should().Be((Length, 2, VectorForm.Full));
        upload.KeyId.Should().Be(attempt.Keys[0].KeyId);
        upload.Parameters.Id.Should().Be(_context.Parameters.Id);
        upload.Bound.Should().Be(_context.Public.FreshBound(0.5, VectorForm.Full));
        upload.EncodedLength.Should().Be((int)_context.Public.EncodedLength(Length, VectorForm.Full));
        int sumBytes = SumRange.Full(_context.Parameters, Contributors).Width <= 32 ? sizeof(uint) : sizeof(ulong);
        _context.Public.MemoryInBytes(Length, VectorForm.Full).Should().Be(2L * sumBytes * _context.Parameters.Degree);
    }

    [Fact]
    public void Capacity_OneUploadOrAnyWeightMore_IsRefusedAndChangesNothing()
    {
        using var attempt = new KeyAdditiveAttempt(_context);
        using IAccumulator sum = Evaluator.CreateAccumulator(3);
        EncryptedVector upload = attempt.Upload([1, -1, 0.5]);
        for (int i = 0; i < Contributors; i++)
        {
            foreach (long weight in i < 2 || i == Contributors - 1 ? (long[])[2, 43, long.MaxValue] : [])
            {
                sum.Invoking(own => own.Add(upload, weight)).Should().Throw<HeCapacityException>();
            }

            sum.Count.Should().Be(i);
            sum.Add(upload);
        }

        using EncryptedVector before = sum.Snapshot();
        sum.Invoking(own => own.Add(upload)).Should().Throw<HeCapacityException>();
        using EncryptedVector after = sum.Complete();
        KeyAdditiveAttempt.BytesOf(after).Should().Equal(KeyAdditiveAttempt.BytesOf(before));
        ((KeyAdditiveVector)after).Contributors.Should().Be(Contributors);
        (after.Bound.MaxAbs + after.Bound.ErrorBound).Should().BeLessThan(_context.Parameters.Capacity);
    }

    [Fact]
    public void Roles_UsedByManyThreads_GiveTheSameSum()
    {
        const int Threads = 8;
        using var attempt = new KeyAdditiveAttempt(_context);
        attempt.Upload(TestVectors.Create(Length, ValuePattern.Uniform, maxAbs: 1, new System.Random(Seed)));
        attempt.Upload(TestVectors.Create(Length, ValuePattern.Uniform, maxAbs: 1, new System.Random(Seed + 1)));
        using EncryptedVector sum = attempt.Sum();
        byte[] expectedBytes = KeyAdditiveAttempt.BytesOf(sum);
        double[] expected = attempt.Open(sum);
        using RoundKeySum key = attempt.KeySum();
        IDecryptor decryptor = _context.CreateDecryptor(key);
        var failures = new string?[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(index => new Thread(() => failures[index] = Work()))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        failures.Should().OnlyContain(failure => failure == null);

        string? Work()
        {
            try
            {
                using RoundKey own = _context.GenerateRoundKey(attempt.Seed);
                using EncryptedVector upload = _context.CreateEncryptor(own).Encrypt(new double[Length], maxAbs: 1);
                using EncryptedVector again = Evaluator.Add(attempt.Uploads[0], attempt.Uploads[1]);
                using EncryptedVector received = attempt.Send(again);
                var opened = new double[Length];
                decryptor.Decrypt(received, opened);
                return KeyAdditiveAttempt.BytesOf(again).AsSpan().SequenceEqual(expectedBytes) && opened.AsSpan().SequenceEqual(expected)
                    ? null
                    : "another sum";
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                return failure.ToString();
            }
        }
    }

    [Fact]
    public void Reader_OfLimits_RefusesBeforeItAllocates()
    {
        using var attempt = new KeyAdditiveAttempt(_context);
        byte[] bytes = KeyAdditiveAttempt.BytesOf(attempt.Upload(new double[Length]));
        ReasonToRefuse(bytes, new WireLimits(Length - 1, bytes.Length)).Should().Be(FormatError.LimitExceeded);
        ReasonToRefuse(bytes, new WireLimits(Length, bytes.Length - 1)).Should().Be(FormatError.LimitExceeded);
        ReasonToRefuse(bytes, new WireLimits(Length, bytes.Length)).Should().Be(FormatError.None);
        ReasonToRefuse([.. bytes, 0], WireLimits.Default).Should().Be(FormatError.TrailingBytes);
        ReasonToRefuse([], WireLimits.Default).Should().Be(FormatError.Truncated);
    }

    [Fact]
    public void Reader_OfSpoiltBytes_AllocatesNoMoreThanItsVector()
    {
        using var attempt = new KeyAdditiveAttempt(_context);
        attempt.Upload(new double[Length]);
        attempt.Upload(new double[Length]);
        using EncryptedVector sum = attempt.Sum();
        byte[] bytes = KeyAdditiveAttempt.BytesOf(sum);
        ReasonToRefuse(bytes, WireLimits.Default).Should().Be(FormatError.None);
        var hostile = new HostileBytes(Seed);
        int input = 0;
        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(bytes, 100)
            .Concat(HostileBytes.ExtremeFields(bytes, 100))
            .Concat(Enumerable.Range(0, 300).Select(_ => (ReadOnlyMemory<byte>)hostile.Next(bytes).ToArray())))
        {
            var guard = AllocationGuard.Start();
            bool isAccepted = _context.Public.Reader.TryRead(spoilt.Span, WireLimits.Default, out EncryptedVector? vector, out _);
            guard.ShouldBeAtMost(bytes.Length + ParserAllowance, () => $"seed {Seed}, input {input}");
            vector?.Dispose();
            guard = AllocationGuard.Start();
            _context.Public.Reader.TryCheck(spoilt.Span, WireLimits.Default, out _, out _).Should().Be(isAccepted);
            guard.ShouldBeAtMost(2 * ParserAllowance, () => $"seed {Seed}, input {input}, checked");
            input++;
        }
    }

    [Fact]
    public void Operations_InSteadyState_AllocateNothingPerCiphertext()
    {
        // The first round of each length fills the pools. On one thread, since a thread that takes part allocates a little, and how
        // many take part is chance.
        var context = new KeyAdditiveContext(_context.Parameters, new HeContextOptions { MaxDegreeOfParallelism = 1 });
        (AllocationsOf(40) - AllocationsOf(2)).Should().BeLessThan(2048, "workspaces and blocks come from pools");

        long AllocationsOf(int ciphertexts)
        {
            double[] values = new double[ciphertexts * _context.Parameters.ValuesPerCiphertext];
            Round(values);
            var guard = AllocationGuard.Start();
            Round(values);
            return guard.AllocatedBytes;
        }

        void Round(double[] values)
        {
            using RoundKeySum key = context.CreateKeySum(default, 2, new long[_context.Parameters.Degree]);
            using RoundKey first = context.GenerateRoundKey(default);
            using EncryptedVector upload = context.CreateEncryptor(first).Encrypt(values, maxAbs: 1);
            using EncryptedVector sum = context.Public.Evaluator.Add(upload, upload);
            context.CreateDecryptor(key).Decrypt(sum, values);
            Array.Clear(values);
        }
    }

    [Fact]
    public void DecryptPublic_RoundsToAGridThatHoldsTheError()
    {
        using var attempt = new KeyAdditiveAttempt(_context);
        attempt.Upload([1, -0.3, 0.123456789]);
        attempt.Upload([1, -0.3, 0.123456789]);
        using EncryptedVector sum = attempt.Sum();
        using RoundKeySum key = attempt.KeySum();
        IDecryptor decryptor = _context.CreateDecryptor(key);
        var published = new double[3];
        decryptor.DecryptPublic(sum, precisionBits: 2, published);
        published.Should().OnlyContain(value => Math.IEEERemainder(value, 0.5) == 0);
        published[0].Should().Be(2);
        decryptor.Invoking(own => own.DecryptPublic(sum, 40, published)).Should().Throw<HeCapacityException>();
        decryptor.Invoking(own => own.DecryptPublic(sum, 0, published)).Should().Throw<ArgumentException>();
    }

    private FormatError ReasonToRefuse(ReadOnlySpan<byte> bytes, WireLimits limits)
    {
        bool isAccepted = _context.Public.Reader.TryRead(bytes, limits, out EncryptedVector? vector, out FormatError reason);
        (vector is not null).Should().Be(isAccepted);
        vector?.Dispose();
        _context.Public.Reader.TryCheck(bytes, limits, out _, out FormatError reasonOfCheck).Should().Be(isAccepted);
        reasonOfCheck.Should().Be(reason, "checking is as thorough as reading");
        return reason;
    }
}
