using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Messages;

/// <summary>The digest of a range is what docs/wire-format.md says, wherever the bytes are, and fixes every byte, the length and the place.</summary>
public sealed class RangeDigestTests
{
    private const int Piece = RangeDigest.PieceLength;
    private const int Seed = 31;

    [Fact]
    public void Ranges_InMemoryAndInStreams_HaveTheDigestsThatAreDescribed()
    {
        var random = new Random(Seed);
        byte[] message = new byte[(300 * Piece) + 99];
        random.NextBytes(message);
        int[] places = [0, 1, 83, Piece - 1, Piece, Piece + 1, 16 * Piece, (17 * Piece) - 5, 256 * Piece, message.Length - 65, message.Length - 1, message.Length];
        foreach ((int start, int end) in places.SelectMany(start => places.Where(end => end >= start), (start, end) => (start, end)))
        {
            Digest expected = StraightDigests.OfRange(message, start, end - start);
            byte[] bytes = message[start..end];
            int beginning = random.Next(bytes.Length + 1);
            Digest expectedBeginning = StraightDigests.OfRange(message, start, beginning);

            RangeDigest.Compute(bytes, start, degree: 2).Should().Be(expected, "of {0} to {1}", start, end);
            foreach (MessageContent content in (MessageContent[])[MessageContent.Of(bytes), MessageContent.Of(new MemoryStream(bytes)), MessageContent.Of(new MemoryStream(message)).Slice(start, end - start)])
            {
                content.ComputeDigest(start).Should().Be(expected, "of {0} to {1}", start, end);
                content.ComputeDigests(start, beginning, degree: 2).Should().Be((expected, expectedBeginning), "of {0} to {1}, and {2} bytes", start, end, beginning);
            }
        }
    }

    /// <summary>The bytes of one digest, in hexadecimal, so that another program can be compared with it.</summary>
    [Fact]
    public void Range_OfCountedBytes_HasItsDigest()
        => RangeDigest.Compute([.. Enumerable.Range(0, 10_000).Select(i => (byte)(i % 251))], start: 100, degree: 1).ToString().Should().Be("d9b590f005594fd6f0aa58cca30f9d8fa1ad13afde88ea387e2186415a8f8505");

    [Fact]
    public void Bytes_ThatAreChangedInAnyWay_HaveAnotherDigest()
    {
        var random = new Random(Seed);
        byte[] bytes = new byte[(5 * Piece) + 100];
        random.NextBytes(bytes);
        const int Start = 83;
        Digest right = RangeDigest.Compute(bytes, Start, degree: 1);
        int first = Piece - Start;
        byte[] Part(int piece) => bytes[(first + (piece * Piece))..(first + ((piece + 1) * Piece))];

        (string What, byte[] Bytes)[] changed =
        [
            ("two pieces swapped", [.. bytes[..first], .. Part(1), .. Part(0), .. bytes[(first + (2 * Piece))..]]),
            ("a piece repeated", [.. bytes[..(first + Piece)], .. Part(0), .. bytes[(first + (2 * Piece))..]]),
            ("a piece left out", [.. bytes[..first], .. bytes[(first + Piece)..]]),
            ("the last piece cut off", bytes[..(first + (4 * Piece))]),
            ("the last byte cut off", bytes[..^1]),
            ("the first byte cut off", bytes[1..]),
            ("a zero at the end", [.. bytes, 0]),
            ("a zero at the beginning", [0, .. bytes]),
            ("a whole piece of zeros at the end", [.. bytes, .. new byte[Piece]]),
            ("nothing", []),
        ];
        changed.Should().AllSatisfy(one => RangeDigest.Compute(one.Bytes, Start, degree: 1).Should().NotBe(right, one.What));
        for (int i = 0; i < bytes.Length; i += 61)
        {
            byte[] flipped = [.. bytes];
            flipped[i] ^= 1;
            RangeDigest.Compute(flipped, Start, degree: 1).Should().NotBe(right, "byte {0} was changed", i);
        }
    }

    /// <summary>Zeros at different places and of different lengths: nothing but length and place can tell their digests apart.</summary>
    [Fact]
    public void Ranges_OfEqualBytes_HaveDigestsOfTheirPlaceAndLength()
    {
        byte[] zeros = new byte[4 * Piece];
        (int Start, int Length)[] ranges =
        [
            .. ((int[])[0, 1, 83, Piece - 1, Piece, 2 * Piece]).SelectMany(
                start => ((int[])[0, 1, Piece - 84, Piece - 83, Piece - 1, Piece, Piece + 1, (2 * Piece) - 83, 2 * Piece, 3 * Piece]).Select(length => (start, length))),
        ];

        ranges.Select(range => RangeDigest.Compute(zeros.AsSpan(0, range.Length), range.Start, degree: 1)).Should().OnlyHaveUniqueItems();
    }

    /// <summary>What is hashed for a range, or the digests of its pieces, are bytes that somebody can send: their digests are others.</summary>
    [Fact]
    public void Bytes_ThatAreTheInputOfAnotherDigest_HaveTheirOwn()
    {
        byte[] bytes = new byte[2 * Piece];
        new Random(Seed).NextBytes(bytes);
        byte[] digests = new byte[RangeDigest.DigestsLengthOf(0, bytes.Length)];
        RangeDigest.HashPieces(bytes, 0, digests, degree: 1);
        byte[] input = [.. "FedHe range v1\0"u8, .. new byte[8], .. BitConverter.GetBytes((long)bytes.Length), .. digests];
        Digest right = RangeDigest.Compute(bytes, 0, degree: 1);
        right.Should().Be(Digest.Compute(input), "this is how it is defined");

        RangeDigest.Compute(digests, 0, degree: 1).Should().NotBe(right);
        RangeDigest.Compute(input, 0, degree: 1).Should().NotBe(right);
        byte[] piece = new byte[32];
        RangeDigest.HashPieces(input, 0, piece, degree: 1);
        new Digest(piece).Should().NotBe(right, "a piece is hashed behind another label");
        new Digest(SHA256.HashData(bytes.AsSpan(0, Piece))).Should().NotBe(new Digest(digests.AsSpan(0, 32)));
    }

    /// <summary>What is longer than any array is hashed in memory that does not grow, and fails where the stream ends rather than before a byte is read.</summary>
    [Fact]
    public void Range_LongerThanItsDigestsCouldBe_IsReadFromTheBeginning()
    {
        var stream = new EndingStream(1L << 46, end: 64 << 20);
        MessageContent content = MessageContent.Of(stream);
        long before = GC.GetAllocatedBytesForCurrentThread();

        FluentActions.Invoking(() => content.ComputeDigests(83, 1L << 45, degree: 1)).Should().Throw<EndOfStreamException>();

        stream.Position.Should().Be(64 << 20);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(8 << 20);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(16 * Piece, 1)]
    [InlineData((16 * Piece) + 1, 2)]
    [InlineData(0x7FFFFFC7, 32768)]
    public void Bytes_OfAnyArray_HaveANumberOfGroups(int length, int groups) => RangeDigest.GroupsOf(length).Should().Be(groups);

    /// <summary>A stream of zeros that says it is longer than it is.</summary>
    private sealed class EndingStream(long length, long end) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, end - Position);
            Array.Clear(buffer, offset, read);
            Position += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
