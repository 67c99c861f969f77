using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Hashing;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Digests of pieces are what SHA-256 says of each, at every width.</summary>
public sealed class PieceDigestsTests
{
    private static readonly byte[] Label = "label\0"u8.ToArray();

    [Theory]
    [InlineData(0, 64, 6)]
    [InlineData(1, 64, 6)]
    [InlineData(63, 64, 6)]
    [InlineData(64, 64, 6)]
    [InlineData(9 * 64, 64, 6)]
    [InlineData((16 * 64) + 1, 64, 6)]
    [InlineData((35 * 64) - 1, 64, 6)]
    [InlineData(16 * 4096, 4096, 6)]
    [InlineData((33 * 4096) + 77, 4096, 6)]
    [InlineData((16 * 4096) + 77, 4096, 0)]
    [InlineData((16 * 4096) + 77, 4096, 15)]
    [InlineData((16 * 4096) + 77, 4096, 200)]
    [InlineData(16 * 2040, 2040, 15)]
    [InlineData(100, 1, 6)]
    public void Pieces_OfAnyNumber_HaveTheirDigests(int length, int pieceLength, int labelLength)
    {
        byte[] label = new byte[labelLength];
        new System.Random(labelLength).NextBytes(label);
        byte[] bytes = new byte[length];
        new System.Random(length).NextBytes(bytes);
        byte[] expected = [.. bytes.Chunk(pieceLength).SelectMany(piece => SHA256.HashData((byte[])[.. label, .. piece]))];
        foreach (DigestKernel kernel in (DigestKernel[])[new DigestSpecification(), new TogetherKernel(), DigestKernel.Default])
        {
            byte[] digests = new byte[expected.Length];

            PieceDigests.Compute(kernel, label, bytes, pieceLength, digests);

            digests.Should().Equal(expected);
        }
    }

    [Fact]
    public void Room_ThatIsNotThatOfThePieces_IsRefused()
    {
        FluentActions.Invoking(() => PieceDigests.Compute(Label, new byte[65], 64, new byte[32])).Should().Throw<ArgumentException>().WithParameterName("digests");
        FluentActions.Invoking(() => PieceDigests.Compute(Label, new byte[65], 64, new byte[96])).Should().Throw<ArgumentException>().WithParameterName("digests");
        FluentActions.Invoking(() => PieceDigests.Compute(Label, new byte[65], 0, new byte[64])).Should().Throw<ArgumentOutOfRangeException>();
    }

    /// <summary>Computes digests together on every machine, also where that is not faster.</summary>
    private sealed class TogetherKernel : DigestKernel
    {
        public override int BestCountOf(int count) => count;

        protected override void ComputeCore(ReadOnlySpan<int> lengths, MessageReader read, Span<byte> digests) => DigestSpecification.Compute(lengths, 0, read, digests);
    }
}
