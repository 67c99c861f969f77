using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Tests.Selection;

public sealed class PositionSetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Walks_OfAnySet_VisitMembersAndOthersInOrder(int length)
    {
        var random = new Random(length);
        foreach (int percent in (int[])[0, 1, 10, 50, 99, 100])
        {
            int[] members = [.. Enumerable.Range(0, length).Where(_ => random.Next(100) < percent)];
            var set = new PositionSet(length);
            Array.ForEach(members, set.Add);
            set.Count.Should().Be(members.Length);
            set.Runs().SelectMany(run => Enumerable.Range(run.Start, run.Length)).Should().Equal(members);
            Walk(new MaskCursor(set, isMember: true), random).Should().Equal(members);
            Walk(new MaskCursor(set, isMember: false), random).Should().Equal(Enumerable.Range(0, length).Except(members));
            for (int i = 0; i < 20; i++)
            {
                int start = random.Next(length);
                var range = new MaskRange(start, random.Next(length - start + 1));
                set.CountIn(range).Should().Be(members.Count(position => position >= range.Start && position < range.End));
            }
        }
    }

    private static List<int> Walk(MaskCursor cursor, Random random)
    {
        var visited = new List<int>();
        while (true)
        {
            MaskRange next = cursor.Take(random.Next(1, 90));
            if (next.Length == 0)
            {
                return visited;
            }

            visited.AddRange(Enumerable.Range(next.Start, next.Length));
        }
    }
}
