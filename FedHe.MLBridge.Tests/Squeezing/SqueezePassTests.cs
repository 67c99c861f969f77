using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Squeezing;

/// <summary>Positions follow from opened averages alone, and every position travels again and again.</summary>
public sealed class SqueezePassTests
{
    private static readonly Digest Seed = Digest.Compute("job"u8);

    [Theory]
    [InlineData(40, 10, 0)]
    [InlineData(40, 40, 0)]
    [InlineData(40, 1, 3)]
    [InlineData(97, 5, 2)]
    public void Positions_OverManySums_AreThoseOfASortedReference(int count, int rotating, int warmUp)
    {
        ModelLayout layout = new(new TensorSpec("a", ElementType.Float32, [60], 0.5), new TensorSpec("steps", ElementType.Int64, [1]), new TensorSpec("b", ElementType.Float64, [37], 8));
        var pass = SqueezePass.Initial(new SparsificationTerms(count, rotating, warmUp), layout, Seed);
        var random = new Random(3);
        var rates = new float[97];
        var latest = new int[97];
        for (int sum = 1; sum <= 40; sum++)
        {
            int[] expected = Reference(rates, latest, sum, count, rotating, warmUp);
            int[] actual = [.. Enumerable.Range(0, 97).Where(position => pass.Positions.IsEncrypted(position))];
            actual.Should().Equal(expected, $"sum {sum}");
            double[] averages = [.. actual.Select(i => (random.NextDouble() - 0.5) / (1 + (i % 7)))];
            SqueezePass next = pass.Next(averages);
            for (int i = 0; i < count; i++)
            {
                rates[actual[i]] = (float)Math.Abs(averages[i] * (actual[i] < 60 ? 0.5 : 8)) / (sum - latest[actual[i]]);
                latest[actual[i]] = sum;
            }

            next.Rates.ToArray().Should().Equal(rates);
            next.Latest.ToArray().Should().Equal(latest);
            next.SumCount.Should().Be(sum);
            pass = next;
        }
    }

    [Fact]
    public void Positions_OfAModelThatHardlyMoves_AllTravelInTime()
    {
        const int Length = 1000;
        var terms = new SparsificationTerms(50, 20);
        var pass = SqueezePass.Initial(terms, TestModels.Line(Length), Seed);
        var last = new int[Length];
        for (int sum = 1; sum <= 300; sum++)
        {
            // The first thirty positions move so much that they take the whole share of the largest.
            int[] positions = [.. Enumerable.Range(0, Length).Where(position => pass.Positions.IsEncrypted(position))];
            positions.Should().HaveCount(50);
            Array.ForEach(positions, i => last[i] = sum);
            pass = pass.Next([.. positions.Select(i => i < 30 ? 0.5 : 1e-9)]);
            last.Should().OnlyContain(one => sum - one <= Length / 20, "twenty that have waited longest travel in every round");
        }
    }

    [Fact]
    public void Position_ThatIsNotChosen_GathersItsForecastUntilItIs()
    {
        // One position in a round takes turns. Position 7 moves a third as fast as position 3, and travels a third as often.
        var pass = SqueezePass.Initial(new SparsificationTerms(2, 1, warmUpRounds: 5), TestModels.Line(10), Seed);
        var age = new int[10];
        var visits = new int[10];
        for (int sum = 1; sum <= 405; sum++)
        {
            int[] positions = [.. Enumerable.Range(0, 10).Where(position => pass.Positions.IsEncrypted(position))];
            visits[3] += sum > 5 && positions.Contains(3) ? 1 : 0;
            visits[7] += sum > 5 && positions.Contains(7) ? 1 : 0;
            pass = pass.Next([.. positions.Select(i => (i == 3 ? 0.003 : i == 7 ? 0.001 : 0) * (sum - age[i]))]);
            Array.ForEach(positions, i => age[i] = sum);
        }

        // 400 rounds, a ninth of which turn up anyway.
        visits[3].Should().BeInRange(270, 370);
        visits[7].Should().BeInRange(90, 170);
    }

    [Fact]
    public void Positions_OfAveragesThatDifferInTheirLastBits_AreTheSame()
    {
        const double Error = 1e-4;
        ModelLayout layout = TestModels.Line(40);
        var pass = SqueezePass.Initial(new SparsificationTerms(10, 1), layout, Seed);
        double[] averages = [.. Enumerable.Range(0, 10).Select(i => i < 8 ? 0.3 : 2e-5)];
        SqueezePass Move(Func<int, double> lastBits)
        {
            using var squeezed = new SqueezedAverages(pass);
            squeezed.Write(0, [.. averages.Select((average, i) => average + lastBits(i)), .. new double[SqueezedUpdates.MarkCount]]);
            ModelParameters model = TestModels.Random(layout, 1);
            return squeezed.Move(model, new FlatModelBuilder(model), Error);
        }

        SqueezePass rising = Move(i => i * 1e-14);
        SqueezePass falling = Move(i => -i * 1e-14);
        rising.Rates.ToArray().Should().Equal(falling.Rates.ToArray());
        rising.PositionsDigest.Should().Be(falling.PositionsDigest);
        rising.Rates.ToArray().Count(rate => rate > 0).Should().Be(8, "two averages are noise");
        rising.Rates.ToArray().Max().Should().BeApproximately(0.3f * (float)layout.Tensors[0].Bound, (float)(Error * layout.Tensors[0].Bound));
    }

    [Theory]
    [InlineData(0.1249, true)]
    [InlineData(0.125, false)]
    [InlineData(double.NaN, false)]
    public void Marks_UnderNoise_AreReadOnlyWhereTheyCanBeTold(double error, bool canBe)
    {
        ModelLayout layout = TestModels.Line(40);
        var pass = SqueezePass.Initial(new SparsificationTerms(10), layout, Seed);
        using var squeezed = new SqueezedAverages(pass);
        var marks = new double[SqueezedUpdates.MarkCount];
        SqueezedUpdates.WriteMarks(pass.PositionsDigest, marks);
        squeezed.Write(0, [.. new double[10], .. marks]);
        Action check = () => squeezed.CheckMarks(error);
        if (canBe)
        {
            check.Should().NotThrow();
        }
        else
        {
            check.Should().Throw<HeCapacityException>().WithMessage("*marks*");
        }
    }

    [Fact]
    public void Pass_ThatWasKept_GoesOnAlike()
    {
        var terms = new SparsificationTerms(5);
        ModelLayout layout = TestModels.Line(40);
        SqueezePass pass = SqueezePass.Initial(terms, layout, Seed).Next([0.1, 0.2, -0.3, 0.4, 0.5]);
        SqueezePass kept = SqueezePass.TryCreate(terms, layout, Seed, pass.SumCount, pass.Rates, pass.Latest)!;
        kept.PositionsDigest.Should().Be(pass.PositionsDigest);
        kept.Next([1, 2, 3, 4, 5]).PositionsDigest.Should().Be(pass.Next([1, 2, 3, 4, 5]).PositionsDigest);
        SqueezePass.Initial(terms, layout, Digest.Compute("another job"u8)).PositionsDigest.Should().NotBe(SqueezePass.Initial(terms, layout, Seed).PositionsDigest);
    }

    [Theory]
    [InlineData(-1, 0f, 0)]
    [InlineData(int.MaxValue, 1f, 1)]
    [InlineData(1, float.NaN, 1)]
    [InlineData(1, float.PositiveInfinity, 1)]
    [InlineData(1, -1f, 1)]
    [InlineData(1, -0f, 1)]
    [InlineData(1, 1f, 2)]
    [InlineData(1, 1f, -1)]
    [InlineData(1, 1f, 0)]
    public void Pass_OfNumbersThatNoPassHas_IsNone(int sums, float rate, int latest)
    {
        ModelLayout layout = TestModels.Line(3);
        var terms = new SparsificationTerms(1);
        SqueezePass.TryCreate(terms, layout, Seed, 1, [0, 1, 0], [0, 1, 0]).Should().NotBeNull();
        SqueezePass.TryCreate(terms, layout, Seed, sums, [0, rate, 0], [0, latest, 0]).Should().BeNull();
        SqueezePass.TryCreate(terms, layout, Seed, 1, [0, 1], [0, 1]).Should().BeNull();
    }

    [Fact]
    public void Terms_OutOfRange_AreRefused()
    {
        FluentActions.Invoking(() => new SparsificationTerms(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new SparsificationTerms(5, 6)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new SparsificationTerms(5, 1, -1)).Should().Throw<ArgumentOutOfRangeException>();
        SparsificationTerms.TryCreate(5, 0, 0, out _).Should().BeFalse("a share of zero would let no new position in");
        new SparsificationTerms(300_000).RotatingCount.Should().Be(75_000);
        new SparsificationTerms(1).RotatingCount.Should().Be(1);
        ModelLayout layout = TestModels.Line(4);
        FluentActions.Invoking(() => SqueezePass.Initial(new SparsificationTerms(5), layout, Seed)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => SqueezedUpdates.TermsOf(new SparsificationTerms(5), new AggregationTerms(layout, Weighting.Clear, 1))).Should().Throw<ArgumentException>();
        var masked = new AggregationTerms(layout, EncryptionMask.InsecureNone(layout), Weighting.Clear, 1);
        FluentActions.Invoking(() => SqueezedUpdates.TermsOf(new SparsificationTerms(2), masked)).Should().Throw<ArgumentException>();
    }

    private static int[] Reference(float[] rates, int[] latest, int sum, int count, int rotating, int warmUp)
    {
        int[] all = [.. Enumerable.Range(0, rates.Length)];
        int largest = sum <= warmUp ? 0 : Math.Min(count - rotating, rates.Count(rate => rate > 0));
        int[] top = [.. all.OrderByDescending(i => rates[i] * (sum - latest[i])).ThenBy(i => i).Take(largest)];
        var order = new RandomRanking(BitConverter.ToUInt64(Convert.FromHexString(Seed.ToString()), 0));
        int[] waiting = [.. all.Except(top).OrderBy(i => latest[i]).ThenByDescending(i => order[i] >> 16).ThenBy(i => i).Take(count - largest)];
        return [.. top.Concat(waiting).Order()];
    }
}
