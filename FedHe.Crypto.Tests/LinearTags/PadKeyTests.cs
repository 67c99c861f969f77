using System.Reflection;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

public sealed class PadKeyTests
{
    [Fact]
    public void Positions_Different_HaveDifferentBlocks()
    {
        int[] indices = [0, 1, 2, 255, 256, 257, 65535];
        var blocks = new HashSet<string>();
        int count = 0;
        foreach (byte kind in (byte[])[0, 1, 2, 255])
        {
            foreach (int vector in (int[])[.. indices, 65536, int.MaxValue])
            {
                foreach (long segment in (long[])[.. indices, 65536, uint.MaxValue, 1L << 32, long.MaxValue])
                {
                    foreach (int prime in indices)
                    {
                        foreach (byte hash in (byte[])[1, 2])
                        {
                            var block = new byte[PadPosition.SizeInBytes];
                            new PadPosition(kind, vector, segment, prime).Write(block, hash);
                            blocks.Add(Convert.ToHexString(block));
                            count++;
                        }
                    }
                }
            }
        }

        blocks.Should().HaveCount(count);
    }

    [Fact]
    public void Position_InBytes_CanBeReadBack()
    {
        var block = new byte[PadPosition.SizeInBytes];
        new PadPosition(kind: 0xA1, vector: 0x0B0B0B0B, segment: 0x0C0C0C0C0C0C0C0C, prime: 0xD1D2).Write(block, hash: 2);

        Convert.ToHexString(block).Should().Be("A102D2D10B0B0B0B0C0C0C0C0C0C0C0C");
    }

    [Fact]
    public void Position_OfAnIndexOutsideItsRange_IsRefused()
    {
        FluentActions.Invoking(() => new PadPosition(0, vector: -1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new PadPosition(0, segment: -1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new PadPosition(0, prime: -1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new PadPosition(0, prime: 65536)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Pads_OfPositionsAndContexts_AreRepeatableAndDiffer()
    {
        using var key = new TagKey(TagReference.GroupKey);
        using PadKey pads = key.DerivePadKey([1]);
        using PadKey same = key.DerivePadKey([1]);
        using PadKey other = key.DerivePadKey([2]);
        using PadKey extended = key.DerivePadKey([1, 0]);
        PadPosition[] positions =
        [
            default, new(1), new(0, vector: 1), new(0, segment: 1), new(0, prime: 1), new(1, 1, 1, 1),
        ];

        positions.SelectMany(position => new[] { pads, other, extended }.SelectMany(source => Residues(source, position)))
            .Should().OnlyHaveUniqueItems();
        positions.Should().AllSatisfy(position => Residues(pads, position).Should().Equal(Residues(same, position)));

        static ulong[] Residues(PadKey source, PadPosition position)
        {
            ResiduePair pad = source.PadAt(position, TagModulus.Default).Residues;
            return [pad.First, pad.Second];
        }
    }

    [Fact]
    public void PadKey_AfterAPad_KeepsNoPad()
    {
        using var key = new TagKey(TagReference.GroupKey);
        using PadKey pads = key.DerivePadKey([1]);
        pads.PadAt(default, TagModulus.Default);

        var blocks = (CipherBlocks)typeof(PadKey).GetFields(BindingFlags.NonPublic | BindingFlags.Instance)
            .Single(field => field.FieldType == typeof(CipherBlocks)).GetValue(pads)!;
        blocks.Bytes.ToArray().Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Pads_OfOneKeyOnManyThreads_AreThePadsOfOneThread()
    {
        using var key = new TagKey(TagReference.GroupKey);
        using PadKey pads = key.DerivePadKey([1]);
        ulong[] expected = [.. Enumerable.Range(0, 1000).Select(Pad)];

        ulong[] found = [.. Enumerable.Range(0, 1000).AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(Pad)];

        found.Should().Equal(expected);

        ulong Pad(int segment) => pads.PadAt(new PadPosition(0, segment: segment), TagModulus.Default).Residues.Second;
    }
}
