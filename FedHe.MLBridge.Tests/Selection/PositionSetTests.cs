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

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(3000)]
    public void All_ShowsWhatASetOfEveryPositionShows(int length)
    {
        var all = PositionSet.All(length);
        var filled = new PositionSet(length);
        filled.Add(new MaskRange(0, length));
        all.Add(length / 2);
        all.Count.Should().Be(filled.Count);
        all.Runs().Should().Equal(filled.Runs());
        BitmapOf(all).Should().Equal(BitmapOf(filled));
        var random = new Random(length);
        for (int i = 0; i < 200; i++)
        {
            int start = random.Next(length);
            int end = random.Next(start, length + 1);
            var range = new MaskRange(start, end - start);
            all.Contains(start).Should().BeTrue();
            all.BitsFrom(start).Should().Be(filled.BitsFrom(start));
            all.CountIn(range).Should().Be(filled.CountIn(range));
            all.Next(start, end, isMember: true).Should().Be(filled.Next(start, end, isMember: true));
            all.Next(start, end, isMember: false).Should().Be(filled.Next(start, end, isMember: false));
        }

        for (int start = 0; start + EncryptionMask.BlockLength <= length; start += 64)
        {
            const int Words = EncryptionMask.BlockLength / 64;
            all.WordsFrom(start)[..Words].SequenceEqual(filled.WordsFrom(start)[..Words]).Should().BeTrue();
        }
    }

    private static byte[] BitmapOf(PositionSet set)
    {
        var bitmap = new byte[(set.Length + 7) / 8];
        set.CopyTo(bitmap);
        return bitmap;
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
