using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Segments;

/// <summary>A stream that is as long as it says cannot make the reader take a buffer of that length.</summary>
public sealed class EncodedSegmentsTests
{
    [Fact]
    public void TryRead_SegmentFarLongerThanAny_IsRefusedWithoutReadingIt()
    {
        const long Declared = 300_000_000;
        const int PayloadLengthStart = sizeof(int) + 40;
        SchemeCase scheme = SegmentModels.Smallest;
        AggregationTerms terms = SegmentModels.Terms(2 * SegmentModels.SegmentLength(scheme.Parameters), Weighting.Clear);
        using var federation = new TestFederation(scheme, terms);
        byte[] update = federation.StreamedUpload(TestModels.Random(terms.Layout, 1), 7, 1);
        using (var honest = new EndlessStream(update, update.Length, largestRead: update.Length))
        {
            using EncryptedModelUpdate read = federation.UpdateReader.Read(honest);
        }

        (int start, int _) = SegmentModels.SegmentsOf(update, EncryptedLength(federation, update))[1];
        BinaryPrimitives.WriteInt64LittleEndian(update.AsSpan(start + PayloadLengthStart), Declared);
        long total = start + sizeof(int) + 48 + Declared;
        BinaryPrimitives.WriteInt64LittleEndian(update.AsSpan(40), total - 48);
        using var hostile = new EndlessStream(update, total, largestRead: update.Length);

        federation.UpdateReader.TryRead(hostile, out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.LimitExceeded);
    }

    private static long EncryptedLength(TestFederation federation, byte[] update)
    {
        using EncryptedModelUpdate read = federation.UpdateReader.Read(update);
        return read.Receipt.EncryptedLength;
    }

    /// <summary>Some bytes and zeros behind them, which are in no memory. A read of too much fails.</summary>
    private sealed class EndlessStream(byte[] bytes, long length, int largestRead) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count.Should().BeLessThanOrEqualTo(largestRead, "nothing in an update is that long");
            int there = (int)Math.Clamp(bytes.Length - Position, 0, count);
            bytes.AsSpan((int)Math.Min(Position, bytes.Length), there).CopyTo(buffer.AsSpan(offset));
            buffer.AsSpan(offset + there, count - there).Clear();
            Position += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();
    }
}
