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

            RangeDigest.Compute(bytes, start).Should().Be(expected, "of {0} to {1}", start, end);
            foreach (MessageContent content in (MessageContent[])[MessageContent.Of(bytes), MessageContent.Of(new MemoryStream(bytes)), MessageContent.Of(new MemoryStream(message)).Slice(start, end - start)])
            {
                content.ComputeDigest(start).Should().Be(expected, "of {0} to {1}", start, end);
                content.ComputeDigests(start, beginning).Should().Be((expected, expectedBeginning), "of {0} to {1}, and {2} bytes", start, end, beginning);
            }
        }
    }

    /// <summary>The bytes of one digest, in hexadecimal, so that another program can be compared with it.</summary>
    [Fact]
    public void Range_OfCountedBytes_HasItsDigest()
        => RangeDigest.Compute([.. Enumerable.Range(0, 10_000).Select(i => (byte)(i % 251))], start: 100).ToString().Should().Be("d9b590f005594fd6f0aa58cca30f9d8fa1ad13afde88ea387e2186415a8f8505");

    [Fact]
    public void Bytes_ThatAreChangedInAnyWay_HaveAnotherDigest()
    {
        var random = new Random(Seed);
        byte[] bytes = new byte[(5 * Piece) + 100];
        random.NextBytes(bytes);
        const int Start = 83;
        Digest right = RangeDigest.Compute(bytes, Start);
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
        changed.Should().AllSatisfy(one => RangeDigest.Compute(one.Bytes, Start).Should().NotBe(right, one.What));
        for (int i = 0; i < bytes.Length; i += 61)
        {
            byte[] flipped = [.. bytes];
            flipped[i] ^= 1;
            RangeDigest.Compute(flipped, Start).Should().NotBe(right, "byte {0} was changed", i);
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

        ranges.Select(range => RangeDigest.Compute(zeros.AsSpan(0, range.Length), range.Start)).Should().OnlyHaveUniqueItems();
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
        Digest right = RangeDigest.Compute(bytes, 0);
        right.Should().Be(Digest.Compute(input), "this is how it is defined");

        RangeDigest.Compute(digests, 0).Should().NotBe(right);
        RangeDigest.Compute(input, 0).Should().NotBe(right);
        byte[] piece = new byte[32];
        RangeDigest.HashPieces(input, 0, piece, degree: 1);
        new Digest(piece).Should().NotBe(right, "a piece is hashed behind another label");
        new Digest(SHA256.HashData(bytes.AsSpan(0, Piece))).Should().NotBe(new Digest(digests.AsSpan(0, 32)));
    }
}
