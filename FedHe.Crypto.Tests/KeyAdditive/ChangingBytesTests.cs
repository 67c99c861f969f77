using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Bytes that a vector reads in place change, or can no longer be read, between their check and their use.</summary>
public sealed class ChangingBytesTests
{
    private static readonly double[] Values = [.. Enumerable.Range(0, 3 * 2048).Select(i => 0.5 * Math.Sin(i))];

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    public void Hash_OfBytesOutOfRange_IsRefused(int contributors)
    {
        // Guard: in the field of the tags two sums, one of them out of range, have one hash.
        using KeyAdditiveAttempt attempt = Uploads(contributors);
        using EncryptedVector sum = attempt.Sum();
        byte[] bytes = KeyAdditiveAttempt.BytesOf(sum);
        using EncryptedVector later = ReadInPlace(attempt, bytes);
        using var key = new TagKey(new byte[TagKey.SizeInBytes]);
        using SegmentPoints points = key.DeriveSegmentPoints([1], TagModulus.Default);
        UploadHash.Of(attempt.Context.Parameters, later, points).Should().Be(UploadHash.Of(attempt.Context.Parameters, sum, points));

        bytes.AsSpan(^100).Fill(byte.MaxValue);

        FluentActions.Invoking(() => UploadHash.Of(attempt.Context.Parameters, later, points)).Should().Throw<HeFormatException>();
        UploadHash.Of(attempt.Context.Parameters, sum, points).Length.Should().Be(3 * attempt.Context.Parameters.Degree);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    public void FirstFold_ThatFails_LeavesTheSumEmpty(int contributors)
    {
        // Guard: otherwise later vectors are added to what the memory had before.
        using KeyAdditiveAttempt attempt = Uploads(contributors);
        using var memory = new ChangingMemory(KeyAdditiveAttempt.BytesOf(attempt.Uploads[2]));
        using EncryptedVector unreadable = ReadInPlace(attempt, memory.Memory);
        using IAccumulator accumulator = attempt.Context.Public.Evaluator.CreateAccumulator(Values.Length);
        memory.FailAfter(reads: 2);

        accumulator.Invoking(own => own.Add(unreadable)).Should().Throw<InsufficientMemoryException>();

        accumulator.Count.Should().Be(0);
        ShouldBecomeTheSum(accumulator, attempt);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    public void FirstFold_OfBytesThatLeaveTheirRange_LeavesTheSumEmpty(int contributors)
    {
        using KeyAdditiveAttempt attempt = Uploads(contributors);
        using EncryptedVector sum = attempt.Sum();
        using var memory = new ChangingMemory(KeyAdditiveAttempt.BytesOf(sum));
        using EncryptedVector changing = ReadInPlace(attempt, memory.Memory);
        using IAccumulator accumulator = attempt.Context.Public.Evaluator.CreateAccumulator(Values.Length);
        memory.ChangeAfter(reads: 1);

        accumulator.Invoking(own => own.Add(changing)).Should().Throw<HeFormatException>();

        accumulator.Count.Should().Be(0);
        ShouldBecomeTheSum(accumulator, attempt);
    }

    [Fact]
    public void LaterFold_ThatFails_IsNotPassedOverInSilence()
    {
        using KeyAdditiveAttempt attempt = Uploads(contributors: 3);
        using var memory = new ChangingMemory(KeyAdditiveAttempt.BytesOf(attempt.Uploads[2]));
        using EncryptedVector unreadable = ReadInPlace(attempt, memory.Memory);
        using IAccumulator accumulator = attempt.Context.Public.Evaluator.CreateAccumulator(Values.Length);
        accumulator.Add(attempt.Uploads[0]);
        memory.FailAfter(reads: 2);

        accumulator.Invoking(own => own.Add(unreadable)).Should().Throw<InsufficientMemoryException>();

        // Part of the vector is in the sum, and nobody can take it out.
        accumulator.Invoking(own => own.Add(attempt.Uploads[1])).Should().Throw<InvalidOperationException>();
        accumulator.Invoking(own => own.Snapshot()).Should().Throw<InvalidOperationException>();
        accumulator.Invoking(own => own.Complete()).Should().Throw<InvalidOperationException>();
    }

    private static KeyAdditiveAttempt Uploads(int contributors)
    {
        var attempt = new KeyAdditiveAttempt(KeyAdditiveAttempt.ContextFor(contributors, precision: 24, threads: 1));
        for (int i = 0; i < 3; i++)
        {
            attempt.Upload(Values);
        }

        return attempt;
    }

    private static EncryptedVector ReadInPlace(KeyAdditiveAttempt attempt, ReadOnlyMemory<byte> bytes)
    {
        attempt.Context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? vector, out _).Should().BeTrue();
        return vector!;
    }

    private static void ShouldBecomeTheSum(IAccumulator accumulator, KeyAdditiveAttempt attempt)
    {
        foreach (EncryptedVector upload in attempt.Uploads)
        {
            accumulator.Add(upload);
        }

        using EncryptedVector total = accumulator.Complete();
        using EncryptedVector expected = attempt.Sum();
        KeyAdditiveAttempt.BytesOf(total).Should().Equal(KeyAdditiveAttempt.BytesOf(expected));
    }

    /// <summary>Memory that fails, or has other bytes, when it was read a few times.</summary>
    private sealed class ChangingMemory(byte[] bytes) : MemoryManager<byte>
    {
        private readonly byte[] _others = [.. Enumerable.Repeat(byte.MaxValue, bytes.Length)];
        private int _readsToFailure = int.MaxValue;
        private int _readsToChange = int.MaxValue;

        public void FailAfter(int reads) => _readsToFailure = reads;

        public void ChangeAfter(int reads) => _readsToChange = reads;

        public override Span<byte> GetSpan()
            => --_readsToFailure < 0 ? throw new InsufficientMemoryException()
                : --_readsToChange < 0 ? _others
                : bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
