using FedHe.Crypto.Kernels.Lanes;
using FedHe.MLBridge.Kernels;
using FedHe.TestKit.Machines;

namespace FedHe.MLBridge.Tests.Kernels;

/// <summary>The specification against lists, and every other width against the specification, bit for bit.</summary>
public sealed class SelectionKernelTests
{
    private static readonly SelectionKernel Specification = SelectionKernel.Create(LaneWidth.Specification);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Gather_OfAnySet_TakesMembersOrOthersInOrder(int length)
    {
        double[] values = [.. Enumerable.Range(0, length).Select(i => (double)i)];
        foreach (ulong[] set in Sets(length, new Random(length)))
        {
            foreach (bool isMember in (bool[])[true, false])
            {
                var chosen = new double[length];
                int count = Specification.Gather(values, set, isMember, chosen);
                chosen.Take(count).Should().Equal(values.Where(value => Contains(set, (int)value) == isMember));
            }
        }
    }

    [Fact]
    public void Merge_OfWhatWasGathered_RestoresTheValues()
    {
        const int Length = 777;
        double[] values = [.. Enumerable.Range(0, Length).Select(i => (double)i)];
        foreach (ulong[] set in Sets(Length, new Random(7)))
        {
            var (members, others, merged) = (new double[Length], new double[Length], new double[Length]);
            Specification.Gather(values, set, isMember: true, members);
            Specification.Gather(values, set, isMember: false, others);
            Specification.Merge(members, others, set, merged);
            merged.Should().Equal(values);
        }
    }

    [Fact]
    public void Kernel_OfEveryWidth_AgreesWithTheSpecification()
    {
        var random = new Random(6);
        foreach (int length in (int[])[0, 1, 63, 64, 65, 1024 + 8 + 4 + 2 + 1])
        {
            double[] values = [.. Enumerable.Range(0, length).Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64()))];
            foreach (ulong[] set in Sets(length, random))
            {
                SupportedWidths.AllAgree<long>(width =>
                {
                    var kernel = SelectionKernel.Create(width);
                    var members = new double[length];
                    var others = new double[length];
                    int memberCount = kernel.Gather(values, set, isMember: true, members);
                    int otherCount = kernel.Gather(values, set, isMember: false, others);
                    var merged = new double[length];
                    kernel.Merge(members, others, set, merged);
                    double[] all = [.. members[..memberCount], .. others[..otherCount], .. merged];
                    return [.. all.Select(BitConverter.DoubleToInt64Bits)];
                });
            }
        }
    }

    /// <summary>Sets of positions, a bit for each: none, all, every other one, long runs, and of several densities.</summary>
    private static IEnumerable<ulong[]> Sets(int length, Random random)
    {
        int words = (length + 63) / 64;
        yield return new ulong[words];
        yield return [.. Enumerable.Repeat(ulong.MaxValue, words)];
        yield return [.. Enumerable.Repeat(0x5555_5555_5555_5555UL, words)];
        yield return [.. Enumerable.Range(0, words).Select(i => ulong.MaxValue << (i * 17 % 64))];
        foreach (int percent in (int[])[1, 10, 50, 90])
        {
            yield return [.. Enumerable.Range(0, words).Select(_ =>
                Enumerable.Range(0, 64).Aggregate(0UL, (word, bit) => random.Next(100) < percent ? word | (1UL << bit) : word))];
        }
    }

    private static bool Contains(ulong[] set, int position) => (set[position / 64] >> (position % 64) & 1) != 0;
}
