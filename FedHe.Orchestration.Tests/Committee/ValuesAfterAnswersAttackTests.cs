using System.Buffers.Binary;
using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A server in league with a client has the key of tags, and changes the values of a sum after the committee answered, so that the tags stay right. What
/// refuses them is that digests of all values are in the list that members answer for; the attack works where these are of values that were changed before.
/// </summary>
public sealed class ValuesAfterAnswersAttackTests
{
    private const int Client = 2;
    private const int Places = 12;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ValuesWithTheTagsOfOthers_AreOpened_OnlyWhereTheListHasTheirDigests(bool hasGuard)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening honest = lab.Sum(attempt);
            byte[] changed = ChangeOf(lab, honest);
            changed.Should().NotEqual(honest.Aggregate.ToMemory().ToArray());
            ContributorList list = hasGuard ? honest.List : honest.List with { ContentDigests = DigestsOf(lab, changed) };
            RelayedAnswer[] answers = await lab.AnswersAsync(new Opening(list, honest.Aggregate, honest.Deliveries));

            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(list, changed, answers));

            (step.Ignored, step.ModelRound).Should().Be(hasGuard ? (IgnoredReason.NotTheListedSum, 0) : (null, 1), "the tags are right in both");
            if (hasGuard)
            {
                (await lab.SendAsync(Client, lab.AggregateOf(honest, answers))).ModelRound.Should().Be(1, "the list itself is in order");
            }

            HasAverageOfAll(lab).Should().Be(hasGuard, "without the guard the attack works");
        }
    }

    private static bool HasAverageOfAll(CommitteeLab lab)
    {
        double[] wanted = TestModel.Average(
            lab.Bench.Trainers.Select(trainer => trainer.Results[0].Result), ReferenceWeight.Of(lab.Bench.Trainers.Select(trainer => trainer.SampleCount)));
        AveragedModel average = lab.Bench.Clients[Client].LatestAverage!;
        return TestModel.Flat(average.Parameters).Zip(wanted, (value, right) => Math.Abs(value - right)).All(error => error <= average.MaxErrorBound);
    }

    /// <summary>Changes values so that both hashes of the segment stay, at the points that the colluding client knows.</summary>
    private static byte[] ChangeOf(CommitteeLab lab, Opening opening)
    {
        var packed = new PackedValues(opening.Aggregate.ToMemory().ToArray(), lab.Bench.Parameters.Degree);
        (long First, long Second) own = HashOf(lab, opening, packed.Bytes);
        long prime = TagModulus.Default.Prime;
        var rows = new List<(long First, long Second)>();
        for (int i = 0; i < Places; i++)
        {
            (long first, long second) = HashOf(lab, opening, packed.With(i, packed[i] > 0 ? -1 : 1));
            long sign = packed[i] > 0 ? -1 : 1;
            rows.Add((Mod(sign * (first - own.First)), Mod(sign * (second - own.Second))));
        }

        long[] change = ShortVectors.Find([.. rows.Select(row => row.First)], [.. rows.Select(row => row.Second)], prime);
        change.Max(Math.Abs).Should().BeInRange(1, 1 << 12, "or the reduction found no short vector");

        // A multiple passes too, and moves the average as far as the range of values lets it.
        long factor = (1 << 15) / change.Max(Math.Abs);
        PackedValues result = packed;
        for (int i = 0; i < Places; i++)
        {
            result = new PackedValues(result.With(i, factor * change[i]), lab.Bench.Parameters.Degree);
        }

        HashOf(lab, opening, result.Bytes).Should().Be(own, "the tag of the segment is the same");
        return result.Bytes;

        long Mod(long value) => ((value % prime) + prime) % prime;
    }

    private static (long First, long Second) HashOf(CommitteeLab lab, Opening opening, byte[] aggregate)
    {
        TagKey key = lab.Bench.Keys[Client].TagKey;
        using var hasher = new ContentHasher(key, opening.List.AttemptOf(lab.Bench.Job), lab.Protocol.Parameters);
        using PadKey pads = key.DerivePadKey("no pad"u8);
        LinearPad pad = pads.PadAt(new PadPosition(kind: 9), TagModulus.Default);
        LinearTag tag = default;
        using EncryptedAggregate read = new AggregateReader(lab.Protocol.Inner, lab.Protocol.Terms).Read(aggregate);
        read.SegmentCount.Should().Be(1);
        read.UseSegment(0, vector => tag = TagModulus.Default.Tag(hasher.OfSegment(0, vector, maxDegreeOfParallelism: 1), pad));
        Span<byte> bytes = stackalloc byte[LinearTag.SizeInBytes];
        tag.CopyTo(bytes);
        return (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[sizeof(long)..]));
    }

    private static ImmutableArray<Digest> DigestsOf(CommitteeLab lab, byte[] aggregate)
    {
        using EncryptedAggregate read = new AggregateReader(lab.Protocol.Inner, lab.Protocol.Terms).Read(aggregate);
        return ContentDigests.Of(read, default, lab.Protocol.Lengths.ClearCount, maxDegreeOfParallelism: 1);
    }

    /// <summary>The packed values at the end of an aggregate of one ciphertext: docs/wire-format.md, key-additive encrypted vector.</summary>
    private sealed class PackedValues(byte[] bytes, int degree)
    {
        // Fewer bytes than one bit for each value precede them.
        private readonly int _width = (int)(8L * bytes.Length / degree);

        public byte[] Bytes => bytes;

        public long this[int index]
        {
            get
            {
                long value = 0;
                for (int bit = 0; bit < _width; bit++)
                {
                    (int place, int shift) = PlaceOf(index, bit);
                    value |= (long)((bytes[place] >> shift) & 1) << bit;
                }

                return value;
            }
        }

        /// <summary>Returns the aggregate with a value changed by a number.</summary>
        public byte[] With(int index, long change)
        {
            long value = this[index] + change;
            byte[] copy = [.. bytes];
            for (int bit = 0; bit < _width; bit++)
            {
                (int place, int shift) = PlaceOf(index, bit);
                copy[place] = (byte)((copy[place] & ~(1 << shift)) | (int)((value >> bit) & 1) << shift);
            }

            return copy;
        }

        private (int Place, int Shift) PlaceOf(int index, int bit)
        {
            long position = ((long)index * _width) + bit;
            return ((int)(bytes.Length - ((long)degree * _width / 8) + (position / 8)), (int)(position % 8));
        }
    }
}
