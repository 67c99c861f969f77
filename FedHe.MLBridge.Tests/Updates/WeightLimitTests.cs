using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>The limits of weights at their edges, in updates and in aggregates that are right in every other way.</summary>
public sealed class WeightLimitTests
{
    private const int MaxWeight = 1000;

    // Behind the header and the digest of the terms: job, round, number of contributions and total weight.
    private const int TotalWeightStart = 48 + 32 + 16 + 4 + 4;
    private const int ReferenceWeightStart = TotalWeightStart + sizeof(long);
    private const int TotalFactorStart = ReferenceWeightStart + sizeof(long);

    private static readonly ModelLayout Layout = TestModels.SmallLayout;

    [Theory]
    [InlineData(1, FormatError.None)]
    [InlineData(MaxWeight, FormatError.None)]
    [InlineData(MaxWeight + 1, FormatError.FieldOutOfRange)]
    [InlineData(0, FormatError.FieldOutOfRange)]
    [InlineData(-1, FormatError.FieldOutOfRange)]
    [InlineData(long.MaxValue, FormatError.FieldOutOfRange)]
    public void Update_OfAWeightBesideItsLimits_IsReadOrRefused(long weight, FormatError expected)
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms(Weighting.Clear));
        byte[] update = federation.Upload(TestModels.Random(Layout, 1), 17, 1);

        ReasonOfUpdate(federation, update, weight).Should().Be(expected);
    }

    [Theory]
    [InlineData(0, FormatError.None)]
    [InlineData(1, FormatError.FieldOutOfRange)]
    [InlineData(-1, FormatError.FieldOutOfRange)]
    public void Update_OfHiddenWeights_StatesNone(long weight, FormatError expected)
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms(Weighting.Hidden));
        byte[] update = federation.Upload(TestModels.Random(Layout, 1), 17, 1);

        ReasonOfUpdate(federation, update, weight).Should().Be(expected);
    }

    [Theory]
    [InlineData(2, FormatError.None)]
    [InlineData(2 * MaxWeight, FormatError.None)]
    [InlineData((2 * MaxWeight) + 1, FormatError.Inconsistent)]
    [InlineData(1, FormatError.FieldOutOfRange)]
    [InlineData(0, FormatError.FieldOutOfRange)]
    [InlineData(AggregationTerms.LargestTotalWeight + 1, FormatError.FieldOutOfRange)]
    public void Aggregate_OfATotalWeightBesideItsLimits_IsReadOrRefused(long total, FormatError expected)
    {
        // In clear nothing but the weights and the values in clear is stated, so no segment contradicts a wrong total.
        using var federation = new TestFederation(SchemeCase.Plain, ClearTerms(MaxWeight));
        byte[] aggregate = Aggregate(federation, weights: [1, 1], value: 0);

        ReasonOfAggregate(federation.AggregateReader, aggregate, TotalWeightStart, total).Should().Be(expected);
    }

    [Theory]
    [InlineData(AggregationTerms.LargestTotalWeight, FormatError.None)]
    [InlineData(AggregationTerms.LargestTotalWeight + 1, FormatError.FieldOutOfRange)]
    public void Aggregate_OfTheLargestTotalWeight_IsReadAndOfAHeavierOneRefused(long total, FormatError expected)
    {
        using var federation = new TestFederation(SchemeCase.Plain, ClearTerms(AggregationTerms.LargestTotalWeight));
        byte[] aggregate = Aggregate(federation, weights: [1, 1], value: 0);

        ReasonOfAggregate(federation.AggregateReader, aggregate, TotalWeightStart, total).Should().Be(expected);
    }

    [Fact]
    public void Aggregate_OfHiddenWeightsThatStatesATotal_IsRefused()
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms(Weighting.Hidden));
        byte[] aggregate = Aggregate(federation, weights: [1, 1], value: 0);

        ReasonOfAggregate(federation.AggregateReader, aggregate, TotalWeightStart, 0).Should().Be(FormatError.None);
        ReasonOfAggregate(federation.AggregateReader, aggregate, TotalWeightStart, 2).Should().Be(FormatError.FieldOutOfRange);
    }

    [Theory]
    [InlineData(ReferenceWeightStart, 1, FormatError.None)]
    [InlineData(ReferenceWeightStart, MaxWeight, FormatError.None)]
    [InlineData(ReferenceWeightStart, 0, FormatError.FieldOutOfRange)]
    [InlineData(ReferenceWeightStart, MaxWeight + 1, FormatError.FieldOutOfRange)]
    [InlineData(TotalFactorStart, 2, FormatError.None)]
    [InlineData(TotalFactorStart, 1, FormatError.FieldOutOfRange)]
    [InlineData(TotalFactorStart, 2L << 30, FormatError.None)]
    [InlineData(TotalFactorStart, (2L << 30) + 1, FormatError.FieldOutOfRange)]
    [InlineData(TotalWeightStart, 2 * MaxWeight, FormatError.None)]
    [InlineData(TotalWeightStart, (2 * MaxWeight) + 1, FormatError.Inconsistent)]
    public void AggregateUnderRoundKeys_OfTotalsBesideTheirLimits_IsReadOrRefused(int field, long value, FormatError expected)
    {
        AggregationTerms terms = ClearTerms(MaxWeight);
        using var federation = new RoundKeyFederation(terms, contributors: 2);
        ModelParameters zero = TestModels.Create(Layout, (_, _) => 0);
        byte[] aggregate = federation.Aggregate(federation.Upload(zero, 1, 1), federation.Upload(zero, 1, 2));

        ReasonOfAggregate(new AggregateReader(federation.Context.Public, terms), aggregate, field, value).Should().Be(expected);
    }

    [Fact]
    public void AggregateDecryptor_GivenAnAggregateUnderOtherTerms_RefusesIt()
    {
        // The other terms have the same layout, scheme and key, so nothing but their digest differs.
        using var federation = new TestFederation(SchemeCase.Plain, ClearTerms(MaxWeight));
        ModelParameters model = TestModels.Random(Layout, 1);
        using EncryptedAggregate aggregate = federation.AggregateReader.Read(federation.Aggregate(federation.Upload(model, 1, 1)));
        using var other = new TestFederation(SchemeCase.Plain, ClearTerms(MaxWeight + 1));

        federation.Decryptor.Decrypt(aggregate, model).Contributions.Should().Be(1);
        other.Decryptor.Invoking(own => own.Decrypt(aggregate, model)).Should().Throw<HeMismatchException>();
        other.Decryptor.Invoking(own => own.Decrypt(aggregate, new FlatModelBuilder(model))).Should().Throw<HeMismatchException>();
    }

    private static AggregationTerms Terms(Weighting weighting) => new(Layout, EncryptionMask.All(Layout), weighting, MaxWeight);

    private static AggregationTerms ClearTerms(long maxWeight)
        => new(Layout, EncryptionMask.InsecureNone(Layout), Weighting.Clear, maxWeight);

    private static byte[] Aggregate(TestFederation federation, long[] weights, double value)
    {
        ModelParameters model = TestModels.Create(Layout, (_, _) => value);
        return federation.Aggregate(weights.Select((weight, client) => federation.Upload(model, weight, client)));
    }

    private static FormatError ReasonOfUpdate(TestFederation federation, byte[] update, long weight)
    {
        using EncryptedModelUpdate original = federation.UpdateReader.Read(update);
        byte[] changed = [.. update];
        int start = update.Length - (int)original.Receipt.EncryptedLength - (sizeof(int) * (int)original.Receipt.ClearCount) - sizeof(long);
        BinaryPrimitives.ReadInt64LittleEndian(changed.AsSpan(start)).Should().Be(original.Weight ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(start), weight);
        bool isRead = federation.UpdateReader.TryRead(changed, out EncryptedModelUpdate? read, out FormatError reason);
        if (isRead)
        {
            (read!.Weight ?? 0).Should().Be(weight);
            read.Dispose();
        }

        return reason;
    }

    private static FormatError ReasonOfAggregate(AggregateReader reader, byte[] aggregate, int field, long value)
    {
        byte[] changed = [.. aggregate];
        BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(field), value);
        reader.TryRead(changed, out EncryptedAggregate? read, out FormatError reason);
        read?.Dispose();
        return reason;
    }
}
