using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Inspections;

/// <summary>
/// What a malicious client tries with the keys that every client has, with every sum of void attempts, and with what is shown: it gets
/// no single client's update. Each attack works where its guard is taken out.
/// </summary>
public sealed class InspectionAttackTests
{
    private const double Close = 1e-3;

    private static readonly BenchOptions Options = new() { Scheme = "ckks" };

    [Fact]
    public async Task Client_WithAllThatAnHonestClientShows_OpensNoSingleUpdate()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options);
        double[] victim = lab.ModelOf(0);
        var shown = new List<Showing>();

        // The server, in league with nobody, asks in every order for everything, and the malicious client sees what is shown.
        VerifiableAggregate keys = await ShowingTests.VoidKeysAsync(lab);
        shown.AddRange(await AskForAllAsync(lab, keys));
        RoundKeyLab.Part[] parts = lab.All;
        VerifiableAggregate values = lab.Sum(parts, tags: parts[1..]);
        await lab.DeliverAsync(values);
        shown.AddRange(await AskForAllAsync(lab, values));

        double[]? stolen = TryOpenSingle(lab, shown);

        stolen.Should().BeNull("or the client's model is {0} away from what was stolen", stolen is null ? 0 : DistanceOf(stolen, victim));
        DistanceOf(TryOpenSingle(lab, [Both(lab, InspectedPart.Values), Both(lab, InspectedPart.Keys)])!, victim)
            .Should().BeLessThan(Close, "with both parts it could");
    }

    [Fact]
    public async Task Client_WithTheSumsOfAVoidAttemptAndTheNext_FindsNoModelOfAClientThatDroppedOut()
    {
        // Five clients, of which the last one spoils the first attempt; the third one's upload of the next attempt is lost.
        using Courier courier = await Courier.CreateAsync(Options with { Clients = 5, Rounds = 1 });
        courier.Bench.Trainers.ForEach(trainer => trainer.ShiftPerAttempt = 0.5);
        courier.FromClient = (message, bytes) => message is Upload { Client.Value: "c3", Slot.Attempt: 2 } ? Courier.Lost : bytes;
        courier.Spoil(4, SpoiledTag.Segment);

        await courier.RunAsync();

        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        VerifiableAggregate[] sums = [.. courier.Arrived.Select(entry => entry.Message).OfType<AggregateMessage>()
            .Select(message => VerifiableAggregate.TryRead(message.Aggregate)!).DistinctBy(sum => sum.List.Chain)];
        sums.Select(sum => sum.List.Contributors.Length).Should().Equal(5, 3);
        double[] difference = Subtract(SumOf(courier, sums[0]), SumOf(courier, sums[1]));
        double[] own = TestModel.Flat(courier.Bench.Trainers[4].Results[0].Result.Parameters);
        double[] stolen = [.. difference.Zip(own, (value, mine) => (value - (50 * mine)) / 30)];

        double[] victim = TestModel.Flat(courier.Bench.Trainers[2].Results[0].Result.Parameters);
        DistanceOf(stolen, victim).Should().BeGreaterThan(100 * Close, "the others trained anew, and differ by what they learned");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    public void Keys_OfAllClientsBesideASumOfValues_WouldTellOfSingleValues(int clients)
    {
        // Why keys are shown only where values are held back. V is a sum over the integers: with all a*s_i modulo q known, it says how
        // many values crossed the modulus, and where only one can have, on which side of a known number it lies.
        KeyAdditiveParameters parameters = KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(clients, 16));
        long q = (long)parameters.Modulus;
        int dropped = parameters.DroppedBits;
        long range = q / (2 * clients);
        var random = new Random(7);
        int told = 0;
        int right = 0;
        const int Coefficients = 20_000;
        for (int k = 0; k < Coefficients; k++)
        {
            long[] masks = [.. Enumerable.Range(0, clients).Select(_ => random.NextInt64(q))];
            long[] values = [.. Enumerable.Range(0, clients).Select(_ => random.NextInt64(-range, range + 1))];
            long sum = masks.Zip(values, (mask, value) => (((mask + value) % q) + q) % q >> dropped).Sum();

            // The attacker knows masks, sum, and the sum of the values, which every client gets.
            double crossings = Math.Round(((double)masks.Sum() + values.Sum() - (sum * Math.Pow(2, dropped))) / q);
            int[] candidates = [.. Enumerable.Range(0, clients).Where(i => masks[i] + range >= q || masks[i] < range)];
            if (candidates.Length == 1)
            {
                int i = candidates[0];
                bool isGuessed = masks[i] < range ? crossings < 0 : crossings > 0;
                bool isCrossed = masks[i] < range ? masks[i] + values[i] < 0 : masks[i] + values[i] >= q;
                told++;
                right += isGuessed == isCrossed ? 1 : 0;
            }
        }

        told.Should().BeGreaterThan(Coefficients / 4);
        right.Should().BeGreaterThan((int)(0.999 * told), "each is a comparison of one client's value with a known number");
    }

    private static async Task<List<Showing>> AskForAllAsync(RoundKeyLab lab, VerifiableAggregate sum)
    {
        var shown = new List<Showing>();
        foreach (InspectedPart part in new[] { InspectedPart.Values, InspectedPart.Keys, InspectedPart.Values })
        {
            if (await lab.AskAsync(part, sum) is Showing one)
            {
                shown.Add(one);
            }
        }

        return shown;
    }

    private static Showing Both(RoundKeyLab lab, InspectedPart part) => new(
        lab.Bench.Slot(0), default, part, ShownPart.TryCut(lab.Uploads[0].ToArray(), part, lab.Protocol)!.ToArray());

    /// <summary>Opens a single update from its two parts, with the keys that every client has.</summary>
    private static double[]? TryOpenSingle(RoundKeyLab lab, IReadOnlyList<Showing> shown)
    {
        ShownPart? PartOf(InspectedPart part)
            => shown.FirstOrDefault(showing => showing.Part == part) is Showing showing ? ShownPart.TryRead(showing.Shown) : null;

        if (PartOf(InspectedPart.Values) is not ShownPart values || PartOf(InspectedPart.Keys) is not ShownPart keys)
        {
            return null;
        }

        var upload = new ProtectedUpdate(lab.Attempt.Base, values.Content[40..], keys.Content, lab.Uploads[0].Nonce, new byte[lab.Uploads[0].Tags.Length]);

        // No key opens a single upload, so the malicious client adds its own one, and subtracts its own model.
        double[] both = TestModel.Flat(lab.OpenUnchecked(lab.Sum([lab.PartOf(upload, lab.Bench.Identities[0].Client), lab.Own(3)])).Parameters);
        return [.. both.Zip(lab.ModelOf(3), (average, own) => ((average * 50) - (own * 40)) / 10)];
    }

    /// <summary>Opens a sum without any check, and returns the weighted sum of the models in it.</summary>
    private static double[] SumOf(Courier courier, VerifiableAggregate sum)
    {
        TestBench bench = courier.Bench;
        var inner = new KeyAdditiveContext(courier.Protocol.Parameters);
        using EncryptedAggregate aggregate = new AggregateReader(courier.Protocol.Inner, courier.Protocol.Terms).Read(sum.Aggregate);
        using EncryptedVector keys = courier.Protocol.Outer!.Reader.Read(
            sum.KeySum.Span, new WireLimits(courier.Protocol.Parameters.Degree, sum.KeySum.Length));
        var attempt = new Attempt(bench.Job.Digest, sum.List.Round, sum.List.AttemptNumber, sum.List.ReferenceWeight, sum.List.Base);
        using RoundKeySum key = new RoundKeyProtection(inner, courier.Protocol.Outer!, VectorForm.Seeded).Decrypt(
            keys, bench.Keys[4].CreateDecryptor(), attempt.PublicSeed, aggregate.Contributions);
        double[] average = TestModel.Flat(
            new AggregateDecryptor(inner.CreateDecryptor(key), courier.Protocol.Terms).Decrypt(aggregate, bench.InitialModel).Parameters);
        return [.. average.Select(value => value * sum.List.Contributors.Sum(contributor => contributor.Weight))];
    }

    private static double[] Subtract(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a - b)];

    private static double DistanceOf(double[] left, double[] right) => left.Zip(right, (a, b) => Math.Abs(a - b)).Max();
}
