using FedHe.Crypto.Kernels;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>The specification, against lists; the other widths are held to it in <see cref="LaneKernelTests"/>.</summary>
public sealed class SelectionKernelTests
{
    private static readonly SelectionKernel Specification = SelectionKernel.Create(LaneWidth.Integer);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Gather_OfAnySet_TakesMembersOrOthersInOrder(int length)
    {
        double[] values = [.. Enumerable.Range(0, length).Select(i => (double)i)];
        foreach (ulong[] set in KernelInputs.Sets(length, new System.Random(length)))
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
        foreach (ulong[] set in KernelInputs.Sets(Length, new System.Random(7)))
        {
            var (members, others, merged) = (new double[Length], new double[Length], new double[Length]);
            Specification.Gather(values, set, isMember: true, members);
            Specification.Gather(values, set, isMember: false, others);
            Specification.Merge(members, others, set, merged);
            merged.Should().Equal(values);
        }
    }

    private static bool Contains(ulong[] set, int position) => (set[position / 64] >> (position % 64) & 1) != 0;
}
