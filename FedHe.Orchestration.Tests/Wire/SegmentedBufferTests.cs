using System.Buffers;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Tests.Wire;

/// <summary>Bytes in parts that are never copied, with lengths that stand before what they count.</summary>
public sealed class SegmentedBufferTests
{
    [Fact]
    public void Parts_AreWhatOneArrayWouldHave()
    {
        using var buffer = new SegmentedBuffer();
        var expected = new ArrayBufferWriter<byte>();
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = new byte[random.Next(i % 20 == 0 ? 300_000 : 3000)];
            random.NextBytes(bytes);
            expected.Write(bytes);
            switch (i % 3)
            {
                case 0:
                    buffer.Write(bytes);
                    break;
                case 1:
                    buffer.WriteShared(bytes);
                    break;
                default:
                    bytes.CopyTo(buffer.GetSpan(bytes.Length));
                    buffer.Advance(bytes.Length);
                    break;
            }
        }

        ToArray(buffer).Should().Equal(expected.WrittenSpan.ToArray());
        buffer.Length.Should().Be(expected.WrittenCount);
    }

    [Fact]
    public void Lengths_StandBeforeWhatTheyCount_AlsoWithinEachOther()
    {
        byte[] shared = [4, 5, 6];
        using var buffer = new SegmentedBuffer();
        using (buffer.WithLength())
        {
            buffer.Write<byte>([1]);
            using (buffer.WithLength())
            {
                buffer.WriteShared(shared);
            }

            using (buffer.WithLength())
            {
                // Nothing.
            }
        }

        ToArray(buffer).Should().Equal(12, 0, 0, 0, 1, 3, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0);
    }

    [Fact]
    public void Part_IsNeverLongerThanWhatIsAskedFor_OrAMebibyte()
    {
        using var buffer = new SegmentedBuffer();
        byte[] bytes = new byte[10_000_000];
        buffer.Write(bytes);
        buffer.Parts.Should().OnlyContain(part => part.Length <= 1024 * 1024);
        FluentActions.Invoking(() => buffer.Advance(2 * 1024 * 1024)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static byte[] ToArray(SegmentedBuffer buffer) => [.. buffer.Parts.SelectMany(part => part.ToArray())];
}
