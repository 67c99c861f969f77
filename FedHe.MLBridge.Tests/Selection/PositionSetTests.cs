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

    [Fact]
    public void Gather_InPiecesOfAnySizeAfterAnySkip_CopiesWhatIsChosen()
    {
        const int Length = 777;
        var random = new Random(3);
        int[] flat = [.. Enumerable.Range(0, Length)];
        for (int repetition = 0; repetition < 300; repetition++)
        {
            int percent = random.Next(101);
            int[] members = [.. flat.Where(_ => random.Next(100) < percent)];
            var set = new PositionSet(Length);
            Array.ForEach(members, set.Add);
            var cursor = new MaskCursor(set, isMember: true);
            int taken = random.Next(members.Length + 1);
            cursor.Skip(taken);
            while (taken < members.Length)
            {
                // The block begins where the cursor is, as a reader's does.
                int start = cursor.Peek(1).Start;
                int[] block = flat[start..Math.Min(Length, start + random.Next(1, 200))];
                var destination = new int[random.Next(1, 150)];
                int copied = cursor.Gather<int>(start, block, destination);
                destination[..copied].Should().Equal(members.Skip(taken).Take(copied));
                bool isDone = copied == destination.Length || members.Skip(taken + copied).All(member => member >= start + block.Length);
                isDone.Should().BeTrue("it stops only where a span ends");
                taken += copied;
            }
        }
    }

    [Fact]
    public void Merge_OfWhatGatheringSplit_RestoresTheValues()
    {
        var random = new Random(5);
        foreach (int percent in (int[])[0, 1, 10, 50, 99, 100])
        {
            var set = new PositionSet(1000);
            foreach (int position in Enumerable.Range(0, 1000).Where(_ => random.Next(100) < percent))
            {
                set.Add(position);
            }

            for (int i = 0; i < 50; i++)
            {
                int start = random.Next(1000);
                int[] values = [.. Enumerable.Range(start, random.Next(1000 - start + 1))];
                var merged = new int[values.Length];
                set.Merge<int>(start, [.. values.Where(set.Contains), .. values.Where(value => !set.Contains(value))], merged);
                merged.Should().Equal(values);
            }
        }
    }

    private static List<int> Walk(MaskCursor cursor, Random random)
    {
        var visited = new List<int>();
        while (true)
        {
            MaskRange next = cursor.Peek(random.Next(1, 90));
            if (next.Length == 0)
            {
                return visited;
            }

            visited.AddRange(Enumerable.Range(next.Start, next.Length));
            cursor.Skip(next.Length);
        }
    }
}
