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
            Array.ForEach(members, member => set.Add(member));
            set.Count.Should().Be(members.Length);
            set.Runs().SelectMany(PositionsOf).Should().Equal(members);
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
            var block = new MaskRange(start, EncryptionMask.BlockLength);
            all.WordsOf(block, new ulong[Words])[..Words].SequenceEqual(filled.WordsOf(block, new ulong[Words])[..Words]).Should().BeTrue();
        }
    }

    /// <summary>A set that is filled in any order is a list of runs or a bitmap, and shows the same as a plain set of numbers.</summary>
    [Theory]
    [InlineData(700, 5)]
    [InlineData(10_000, 40)]
    [InlineData(10_000, 3000)]
    [InlineData(1_000_000, 6000)]
    public void Add_RunsInAnyOrder_GivesTheSameSetInBothForms(int length, int runs)
    {
        var random = new Random(runs);
        var expected = new bool[length];
        var set = new PositionSet(length);
        for (int i = 0; i < runs; i++)
        {
            int start = random.Next(length);
            int count = Math.Min(random.Next(1, 70), length - start);
            expected.AsSpan(start, count).Fill(true);
            set.Add(new MaskRange(start, count));
        }

        set.IsBitmap.Should().Be(runs is 3000 or 6000, "a bit for each position takes less memory than many runs, and less time than many that are put between others");
        int[] members = [.. Enumerable.Range(0, length).Where(position => expected[position])];
        set.Count.Should().Be(members.Length);
        set.Runs().SelectMany(PositionsOf).Should().Equal(members);
        for (int i = 0; i < 300; i++)
        {
            int start = random.Next(length);
            var range = new MaskRange(start, random.Next(length - start + 1));
            set.CountIn(range).Should().Be(expected.AsSpan(start, (int)range.Length).Count(true));
            set.RunsIn(range).SelectMany(PositionsOf).Should().Equal(members.Where(position => position >= range.Start && position < range.End));
            for (int bit = 0; bit < Math.Min(64, length - start); bit++)
            {
                (set.BitsFrom(start) >> bit & 1).Should().Be(expected[start + bit] ? 1UL : 0);
            }
        }

        for (long start = 0; start < length; start += EncryptionMask.BlockLength)
        {
            var block = new MaskRange(start, Math.Min(EncryptionMask.BlockLength, length - start));
            ReadOnlySpan<ulong> words = set.WordsOf(block, new ulong[EncryptionMask.WordsInBlock]);
            for (int i = 0; i < block.Length; i++)
            {
                (words[i / 64] >> (i % 64) & 1).Should().Be(expected[start + i] ? 1UL : 0);
            }
        }
    }

    [Fact]
    public void Add_FewRunsOverBillionsOfPositions_TakesMemoryByTheRuns()
    {
        const long Length = 7_000_000_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var set = new PositionSet(Length);
        for (long start = 0; start < Length; start += Length / 1000)
        {
            set.Add(new MaskRange(start, Length / 2000));
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(100_000, "a bit for each position would be 875 MB");
        set.Count.Should().Be(Length / 2);
        set.Contains(Length - 1).Should().BeFalse();
        set.Contains(Length - (Length / 1000)).Should().BeTrue();
        set.Next(Length - 5, Length, isMember: true).Should().Be(Length);
        set.CountIn(new MaskRange(3_000_000_000, 1_000_000_000)).Should().Be(500_000_000);
    }

    private static IEnumerable<int> PositionsOf(MaskRange range) => Enumerable.Range((int)range.Start, (int)range.Length);

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

            visited.AddRange(PositionsOf(next));
        }
    }
}
