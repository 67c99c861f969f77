using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Digests of several messages at once are those of the framework.</summary>
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
    }

    [Fact]
    public void Compute_OfAnyNumberOfMessages_GivesSha256()
    {
        for (int count = 0; count <= 45; count++)
        {
            ShouldBeSha256([.. Enumerable.Range(0, count).Select(i => 1500 + i)]);
        }
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
