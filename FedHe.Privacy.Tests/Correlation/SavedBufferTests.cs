using FedHe.Privacy.Correlation;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.States;
using FedHe.Privacy.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Privacy.Tests.Correlation;

/// <summary>Saved buffers of correlated noise go on where they were, never from an older copy, and never draw the noise of one value for another.</summary>
public sealed class SavedBufferTests
{
    private const int Seed = 23;
    private const int Rounds = 6;
    private const string GoldenHead = "4648444e0100";

    private readonly TestSealer _sealer = new();

    [Fact]
    public void Sequence_RestoredBeforeAndAfterEveryPreparation_HasTheNoiseOfThePlan()
    {
        const int Dimension = 20_000;
        CorrelatedNoisePlan plan = Plan(Dimension);
        var buffer = new CorrelatedNoiseBuffer(plan);
        double d = plan.Correlation.Denominator;
        var running = new double[Dimension];
        for (int round = 0; round < Rounds; round++)
        {
            buffer = CorrelatedNoiseBuffer.Restore(buffer.Save(_sealer.Seal), plan, _sealer.Open, buffer.Stamp, round);
            buffer.Round.Should().Be(round);
            var values = new long[Dimension];
            values.AsSpan().Fill(7);
            buffer.AddTo(values);
            buffer = CorrelatedNoiseBuffer.Restore(buffer.Save(_sealer.Seal), plan, _sealer.Open, buffer.Stamp, round + 1);
            for (int i = 0; i < Dimension; i++)
            {
                running[i] += (values[i] / d) - 7;
            }

            double scale = plan.Fresh.Variance / (plan.Correlation.Sensitivity * plan.Correlation.Sensitivity);
            double expected = (plan.Correlation.RunningSumVariance(round) * scale) + ((round + 1) * plan.Dither.Variance / (d * d));
            (running.Average(one => one * one) / expected).Should().BeApproximately(1, 6 * Math.Sqrt(2.0 / Dimension), $"round {round}");
            expected.Should().BeLessThan(0.8 * ((round + 1) * plan.Fresh.Variance) + (round == 0 ? plan.Fresh.Variance : 0), "lost seeds would show");
        }

        Refusal.Of(() => buffer.AddTo(new long[Dimension]), PrivacyError.ScheduleOutOfRange);
    }

    [Fact]
    public void Restore_OfAnOlderCopy_IsRefused()
    {
        CorrelatedNoisePlan plan = Plan(8);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        byte[] empty = buffer.Save(_sealer.Seal);
        buffer.AddTo(new long[8]);
        byte[] first = buffer.Save(_sealer.Seal);
        buffer.AddTo(new long[8]);
        PrivacyStateStamp newest = buffer.Stamp;

        // The second attempt is the one that may be in the sum, so that the first one's seed must not be kept.
        Refusal.Of(() => CorrelatedNoiseBuffer.Restore(first, plan, _sealer.Open, newest, 1), PrivacyError.OutdatedState);
        Refusal.Of(() => CorrelatedNoiseBuffer.Restore(empty, plan, _sealer.Open, newest, 0), PrivacyError.OutdatedState);
        byte[] state = buffer.Save(_sealer.Seal);
        CorrelatedNoiseBuffer.Restore(state, plan, _sealer.Open, newest, 1).Round.Should().Be(1);
        buffer.Keep();
        Refusal.Of(() => CorrelatedNoiseBuffer.Restore(state, plan, _sealer.Open, buffer.Stamp, 1), PrivacyError.OutdatedState);
        buffer.Restart();
        Refusal.Of(() => CorrelatedNoiseBuffer.Restore(empty, plan, _sealer.Open, buffer.Stamp, 0), PrivacyError.OutdatedState);
    }

    [Fact]
    public void Restore_OfAStateThatMissedARound_NeverUsesItsRowAgain()
    {
        // The newest stamp was lost with the state, but the rounds that were opened are known to all.
        CorrelatedNoisePlan plan = Plan(8);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        buffer.AddTo(new long[8]);
        buffer.Keep();
        byte[] old = buffer.Save(_sealer.Seal);
        PrivacyStateStamp stamp = buffer.Stamp;
        foreach (int opened in new[] { 0, 2, 3, -1, int.MaxValue, int.MinValue })
        {
            Refusal.Of(() => CorrelatedNoiseBuffer.Restore(old, plan, _sealer.Open, stamp, opened), PrivacyError.OutdatedState);
        }

        CorrelatedNoiseBuffer.Restore(old, plan, _sealer.Open, stamp, 1).Round.Should().Be(1);
    }

    [Fact]
    public void Copies_OfOneState_DrawDifferentNoiseAndOnlyOneGoesOn()
    {
        // The attack: were noise derived from the state, the difference of two contributions of its copies would be the difference of the values.
        const int Dimension = 20_000;
        CorrelatedNoisePlan plan = Plan(Dimension);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        buffer.AddTo(new long[Dimension]);
        buffer.Keep();
        byte[] state = buffer.Save(_sealer.Seal);
        using CorrelatedNoiseBuffer left = CorrelatedNoiseBuffer.Restore(state, plan, _sealer.Open, buffer.Stamp, 1);
        using CorrelatedNoiseBuffer right = CorrelatedNoiseBuffer.Restore(state, plan, _sealer.Open, buffer.Stamp, 1);
        long[] one = new long[Dimension];
        long[] other = [.. Enumerable.Repeat(3L, Dimension)];
        left.AddTo(one);
        right.AddTo(other);
        double d = plan.Correlation.Denominator;
        double mean = one.Zip(other).Average(pair => Math.Pow(((pair.First - pair.Second) / d) + 3, 2));
        (mean / (2 * plan.FirstRoundVariance)).Should().BeApproximately(1, 6 * Math.Sqrt(2.0 / Dimension));

        left.Stamp.Life.Should().Be(2);
        right.Stamp.MayReplace(left.Stamp).Should().BeFalse();
        Refusal.Of(() => CorrelatedNoiseBuffer.Restore(right.Save(_sealer.Seal), plan, _sealer.Open, left.Stamp, 1), PrivacyError.OutdatedState);
    }

    [Fact]
    public void Save_WritesSeedsOnlyUnderTheSealer()
    {
        CorrelatedNoisePlan plan = Plan(8);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        buffer.AddTo(new long[8]);
        buffer.Keep();
        buffer.AddTo(new long[8]);
        byte[] bytes = buffer.Save(_sealer.Seal);
        byte[] secret = _sealer.Secrets.Single();
        secret.Should().HaveCount(9 + 64, "round, flag, count, the pending seed and a kept one");
        foreach (byte[] seed in secret[9..].Chunk(32))
        {
            bytes.AsSpan().IndexOf(seed.AsSpan(0, 8)).Should().Be(-1);
        }

        Convert.ToHexStringLower(bytes.AsSpan(0, 6)).Should().Be(GoldenHead);
        bytes.AsSpan(38, PrivacyStateStamp.SizeInBytes).SequenceEqual(buffer.Stamp.ToArray()).Should().BeTrue();
        PrivacyStateStamp.Read(buffer.Stamp.ToArray()).Should().Be(buffer.Stamp);
        bytes.Should().HaveCount(4 + 2 + 32 + 28 + 4 + 28 + secret.Length);
    }

    [Fact]
    public void Restore_OfAnotherPlan_IsRefused()
    {
        CorrelatedNoisePlan plan = Plan(8);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        byte[] state = buffer.Save(_sealer.Seal);
        foreach (CorrelatedNoisePlan other in new[] { Plan(9), Plan(8, multiplier: 5), Plan(8, parties: 2), Plan(8, bits: 9), Plan(8, bands: 3), Plan(8, sensitivity: 11) })
        {
            Refusal.Of(() => CorrelatedNoiseBuffer.Restore(state, other, _sealer.Open, buffer.Stamp, 0), PrivacyError.StateOfAnotherPlan);
        }

        CorrelatedNoiseBuffer.Restore(state, Plan(8), _sealer.Open, buffer.Stamp, 0).Round.Should().Be(0);
    }

    [Fact]
    public void Restore_WithAnotherKeyOrAnotherStamp_IsRefused()
    {
        CorrelatedNoisePlan plan = Plan(8);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        byte[] state = buffer.Save(_sealer.Seal);
        Refusal.Of(() => CorrelatedNoiseBuffer.Restore(state, plan, new TestSealer().Open, buffer.Stamp, 0), PrivacyError.StateNotOpened);

        // A copy with the stamp of a newer state: the stamp is sealed with the seeds.
        buffer.AddTo(new long[8]);
        buffer.Stamp.ToArray().CopyTo(state, 38);
        Refusal.Of(() => CorrelatedNoiseBuffer.Restore(state, plan, _sealer.Open, buffer.Stamp, 0), PrivacyError.StateNotOpened);
    }

    [Fact]
    public void Restore_OfHostileBytes_RefusesByName()
    {
        CorrelatedNoisePlan plan = Plan(8);
        using var buffer = new CorrelatedNoiseBuffer(plan);
        for (int round = 0; round < 2; round++)
        {
            buffer.AddTo(new long[8]);
            buffer.Keep();
        }

        buffer.AddTo(new long[8]);

        // Without a seal, so that hostile bytes get to the parser of the secret.
        byte[] original = buffer.Save(TestSealer.SealNothing);
        var hostile = new HostileBytes(Seed);
        foreach (ReadOnlyMemory<byte> prefix in HostileBytes.Truncations(original))
        {
            Refuses(prefix.Span).Should().BeTrue();
        }

        Refuses([.. original, 0]).Should().BeTrue();
        Refuses(original).Should().BeFalse();
        foreach (ReadOnlyMemory<byte> spoilt in HostileBytes.BitFlips(original, original.Length).Concat(HostileBytes.ExtremeFields(original, 250)))
        {
            Refuses(spoilt.Span);
        }

        for (int i = 0; i < 3_000; i++)
        {
            Refuses(hostile.Next(original));
        }

        bool Refuses(ReadOnlySpan<byte> bytes)
        {
            try
            {
                using var restored = CorrelatedNoiseBuffer.Restore(bytes, plan, TestSealer.OpenEverything, buffer.Stamp, 2);
                restored.Round.Should().Be(2);
                return false;
            }
            catch (PrivacyException exception)
            {
                exception.Error.Should().BeOneOf(PrivacyError.MalformedState, PrivacyError.StateOfAnotherPlan, PrivacyError.OutdatedState);
                return true;
            }
        }
    }

    private static CorrelatedNoisePlan Plan(int dimension, double multiplier = 4, int parties = 1, int bits = 8, int bands = 4, double sensitivity = 10)
    {
        var schedule = new ParticipationSchedule(Rounds, 3, 2);
        IntegerCorrelation correlation = IntegerCorrelation.Create(NoiseCorrelation.Banded(bands), schedule, bits, memory: 4);
        return CorrelatedNoisePlan.Create(correlation, multiplier, parties, 0, new GridSensitivity(sensitivity, sensitivity), dimension);
    }
}
