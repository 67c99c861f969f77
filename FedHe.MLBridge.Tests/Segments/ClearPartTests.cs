using System.Buffers.Binary;
using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Segments;

/// <summary>Both limits of the integers in clear, at every position: inside whole vector lanes and in the rest behind them.</summary>
public sealed class ClearPartTests
{
    [Theory]
    [InlineData(0L)]
    [InlineData(1L << 30)]
    [InlineData(long.MaxValue - 1)]
    public void AreWithin_OneIntegerBeyondALimit_IsFoundAtEveryPosition(long maxAbs)
    {
        for (int length = 1; length <= (3 * Vector<long>.Count) + 1; length++)
        {
            for (int position = 0; position < length; position++)
            {
                foreach (long allowed in (long[])[maxAbs, -maxAbs])
                {
                    ClearPart.AreWithin(With(length, position, allowed), maxAbs).Should().BeTrue();
                }

                foreach (long refused in (long[])[maxAbs + 1, -maxAbs - 1, long.MinValue, long.MaxValue])
                {
                    ClearPart.AreWithin(With(length, position, refused), maxAbs).Should().BeFalse($"{refused} at {position} of {length}");
                }
            }
        }
    }

    [Fact]
    public void AreWithin_OfNothing_IsTrue() => ClearPart.AreWithin([], 1).Should().BeTrue();

    [Theory]
    [InlineData(ClearPart.One, FormatError.None)]
    [InlineData(-ClearPart.One, FormatError.None)]
    [InlineData(ClearPart.One + 1, FormatError.FieldOutOfRange)]
    [InlineData(-ClearPart.One - 1, FormatError.FieldOutOfRange)]
    [InlineData(int.MinValue, FormatError.FieldOutOfRange)]
    public void Update_WithAnIntegerBesideItsLimit_IsReadOrRefusedAtEveryPosition(int integer, FormatError expected)
    {
        // More than one block of integers.
        ModelLayout layout = TestModels.Line(ClearIntegers.BlockLength + 3);
        var terms = new AggregationTerms(layout, EncryptionMask.InsecureNone(layout), Weighting.Clear, maxWeight: 10);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        byte[] update = federation.Upload(TestModels.Random(layout, 1), 1, 1);
        int start = update.Length - (sizeof(int) * layout.ToArrayLength());
        foreach (int position in (int[])[0, 1, 5, ClearIntegers.BlockLength - 1, .. Enumerable.Range(ClearIntegers.BlockLength, 3)])
        {
            byte[] changed = [.. update];
            BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(start + (sizeof(int) * position)), integer);

            federation.UpdateReader.TryRead(changed, out EncryptedModelUpdate? read, out FormatError reason);

            read?.Dispose();
            reason.Should().Be(expected, $"position {position}");
        }
    }

    private static long[] With(int length, int position, long value)
    {
        var integers = new long[length];
        integers[position] = value;
        return integers;
    }
}
