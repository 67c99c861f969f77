using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Several messages that are hashed at once get the digests that the framework gives them.</summary>
public sealed class DigestKernelTests
{
    [Fact]
    public void Compute_OfMessagesOfEveryLengthUpToThreeBlocks_GivesSha256()
    {
        for (int length = 0; length <= 192; length++)
        {
            ShouldBeSha256([.. Enumerable.Repeat(length, 16)]);
        }
    }

    [Fact]
    public void Compute_OfMessagesOfManyLengths_GivesSha256()
    {
        ShouldBeSha256([.. Enumerable.Range(0, 16).Select(i => 37 * i)]);
        ShouldBeSha256([.. Enumerable.Range(0, 16).Select(i => 5000 - (311 * i))]);
        ShouldBeSha256([.. Enumerable.Repeat(1024 - 9, 10), 1023, 1024, 2047, 2048, 0]);

        // Lanes are read 2048 bytes at a time, and the padding has at least 9 bytes.
        ShouldBeSha256([.. Enumerable.Range(0, 16).Select(i => 2048 - 9 + i)]);
        ShouldBeSha256([.. Enumerable.Range(0, 16).Select(i => 2048 - 1 + i)]);
        ShouldBeSha256([.. Enumerable.Range(0, 16).Select(i => 4096 - 10 + i)]);
    }

    [Fact]
    public void Compute_OfAnyNumberOfMessages_GivesSha256()
    {
        for (int count = 0; count <= 45; count++)
        {
            ShouldBeSha256([.. Enumerable.Range(0, count).Select(i => 1500 + i)]);
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MaxValue - 9)]
    [InlineData(int.MaxValue - 72)]
    [InlineData(119)]
    public void LastBlock_OfAMessage_HasItsLength(int length)
    {
        byte[] block = new byte[64];
        long end = ((long)length + 9 + 63) / 64 * 64;

        WideDigestKernel.FillPadded(block, end - block.Length, length, message: 0, (_, _, destination) => destination.Fill(0xAB));

        BinaryPrimitives.ReadUInt64BigEndian(block.AsSpan(^sizeof(ulong))).Should().Be(8UL * (ulong)length);
    }

    private static void ShouldBeSha256(int[] lengths)
    {
        var random = new System.Random(lengths.Length);
        byte[][] messages = [.. lengths.Select(length => new byte[length])];
        Array.ForEach(messages, random.NextBytes);
        byte[] expected = [.. messages.SelectMany(SHA256.HashData)];
        foreach (LaneWidth width in SupportedWidths.All)
        {
            byte[] digests = new byte[expected.Length];
            DigestKernel.Create(width).Compute(lengths, (message, start, destination) => messages[message].AsSpan(start, destination.Length).CopyTo(destination), digests);
            digests.Should().Equal(expected, "the width is {0}, and lengths begin with {1}", width, string.Join(' ', lengths.Take(3)));
        }
    }
}
