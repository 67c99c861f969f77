using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>The planner against the table of docs/parameters.md, and against the budget it must keep.</summary>
public sealed class CkksExactPlannerTests
{
    private const int Width = 50;

    /// <summary>Precision, contributors of weight 1, fields, bits of upload and download of a coefficient.</summary>
    [Theory]
    [InlineData(8, 3, 4, 42, 44)]
    [InlineData(8, 10, 3, 40, 38)]
    [InlineData(8, 100, 2, 37, 33)]
    [InlineData(8, 200, 2, 40, 35)]
    [InlineData(8, 1000, 1, 29, 19)]
    [InlineData(12, 3, 3, 45, 46)]
    [InlineData(12, 10, 2, 36, 34)]
    [InlineData(12, 100, 1, 26, 22)]
    [InlineData(12, 200, 1, 28, 23)]
    [InlineData(12, 1000, 1, 33, 23)]
    [InlineData(16, 3, 2, 38, 39)]
    [InlineData(16, 10, 2, 45, 42)]
    [InlineData(16, 100, 1, 30, 26)]
    [InlineData(16, 200, 1, 32, 27)]
    [InlineData(16, 1000, 1, 37, 27)]
    [InlineData(20, 3, 1, 24, 25)]
    [InlineData(20, 10, 1, 28, 26)]
    [InlineData(20, 100, 1, 34, 30)]
    [InlineData(20, 200, 1, 36, 31)]
    [InlineData(20, 1000, 1, 41, 32)]
    [InlineData(24, 3, 1, 28, 29)]
    [InlineData(24, 10, 1, 32, 30)]
    [InlineData(24, 100, 1, 38, 34)]
    [InlineData(24, 200, 1, 40, 35)]
    [InlineData(24, 1000, 1, 46, 38)]
    public void Plan_ForSeedLists_NeedsTheBitsOfTheTable(int precisionBits, int clients, int fields, int upload, int download)
    {
        CkksExactIntegers plan = PlanOf(precisionBits, clients, CkksTraffic.SeedLists);

        (plan.Fields, Width - plan.Upload.C0, Width - plan.SeedListSum.C0).Should().Be((fields, upload, download));
        plan.FieldBits.Should().Be(precisionBits + (int)Math.Ceiling(Math.Log2(clients)));
    }

    /// <summary>The same for both polynomials of a sum, where c1 travels whole when leaving bits of it out gains nothing.</summary>
    [Theory]
    [InlineData(8, 3, 4, 42, 94)]
    [InlineData(8, 10, 3, 40, 86)]
    [InlineData(8, 100, 2, 38, 72)]
    [InlineData(8, 200, 2, 41, 77)]
    [InlineData(8, 1000, 1, 29, 49)]
    [InlineData(12, 3, 3, 45, 96)]
    [InlineData(12, 10, 2, 36, 78)]
    [InlineData(12, 100, 1, 27, 50)]
    [InlineData(12, 200, 1, 29, 52)]
    [InlineData(12, 1000, 1, 33, 57)]
    [InlineData(16, 3, 2, 39, 84)]
    [InlineData(16, 10, 2, 45, 92)]
    [InlineData(16, 100, 1, 31, 58)]
    [InlineData(16, 200, 1, 33, 60)]
    [InlineData(16, 1000, 1, 37, 65)]
    [InlineData(20, 3, 1, 25, 56)]
    [InlineData(20, 10, 1, 28, 62)]
    [InlineData(20, 100, 1, 35, 66)]
    [InlineData(20, 200, 1, 37, 68)]
    [InlineData(20, 1000, 1, 41, 73)]
    [InlineData(24, 3, 1, 29, 64)]
    [InlineData(24, 10, 1, 32, 70)]
    [InlineData(24, 100, 1, 39, 74)]
    [InlineData(24, 200, 1, 41, 77)]
    [InlineData(24, 1000, 1, 46, 86)]
    public void Plan_ForFullSums_NeedsTheBitsOfTheTable(int precisionBits, int clients, int fields, int upload, int download)
    {
        CkksExactIntegers plan = PlanOf(precisionBits, clients, CkksTraffic.FullSums);

        (plan.Fields, Width - plan.Upload.C0, (2 * Width) - plan.FullSum.C0 - plan.FullSum.C1).Should().Be((fields, upload, download));
    }

    [Theory]
    [InlineData(CkksTraffic.SeedLists)]
    [InlineData(CkksTraffic.FullSums)]
    [InlineData(CkksTraffic.PublicKey)]
    public void Plan_WithOneMoreBitLeftOutAnywhere_WouldNotKeepItsPromise(CkksTraffic traffic)
    {
        foreach ((int bits, int weight) in (ReadOnlySpan<(int, int)>)[(8, 3), (12, 10), (16, 1000), (2, 1 << 12), (20, 100)])
        {
            CkksParameters parameters = CkksParameters.ForExactIntegers(bits, weight, traffic);
            CkksExactIntegers plan = parameters.ExactIntegers!;
            var budget = new CkksExactBudget(parameters.Degree, parameters.Moduli[0], weight, traffic);

            budget.Keeps(plan).Should().BeTrue();
            budget.Keeps(plan with { SeedListSum = OneMore(plan.SeedListSum) }).Should().BeFalse();
            budget.Keeps(plan with { FullSum = OneMore(plan.FullSum) }).Should().BeFalse();
            budget.Keeps(plan with { FullSum = plan.FullSum with { C1 = plan.FullSum.C1 + 1 } }).Should().BeFalse();
        }
    }

    [Fact]
    public void Budget_OfSeedLists_IsTheFormulaOfTheDocuments()
    {
        // W*(21 + 1 + 2^(t-1)) + 2^(d-1) < q/(2T), here with every figure in the open.
        CkksParameters parameters = CkksParameters.ForExactIntegers(16, 10);
        CkksExactIntegers plan = parameters.ExactIntegers!;
        double room = Math.ScaleB(parameters.Moduli[0], -plan.LogPlaintextModulus - 1);

        plan.LogPlaintextModulus.Should().Be(40);
        (10 * (21 + 1 + Math.ScaleB(1, plan.Upload.C0 - 1)) + Math.ScaleB(1, plan.SeedListSum.C0 - 1)).Should().BeLessThan(room);
        (10 * (21 + 1 + Math.ScaleB(1, plan.Upload.C0))).Should().BeGreaterThan(room);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    public void Field_OfAnyTotalWeight_HoldsTheSumsOfItAndNotASmallerField(int precisionBits)
    {
        foreach (long weight in (ReadOnlySpan<long>)[1, 2, 3, 4, 7, 8, 100, 255, 256, 1000, 1023, 1024, 1025])
        {
            // Magnitudes up to W*(2^(b-1) + 1/2) in either direction, and zero.
            long sums = (weight * ((1L << precisionBits) + 1)) + 1;
            int bits = CkksExactIntegers.FieldBitsOf(precisionBits, weight);

            (1L << bits).Should().BeGreaterThanOrEqualTo(sums);
            (1L << (bits - 1)).Should().BeLessThan(sums);
        }
    }

    [Theory]
    [InlineData(32, 1L << 20, CkksTraffic.SeedLists)]
    [InlineData(24, 1L << 24, CkksTraffic.SeedLists)]
    [InlineData(24, 1024, CkksTraffic.SeedLists)]
    [InlineData(32, 64, CkksTraffic.FullSums)]
    [InlineData(16, 1478, CkksTraffic.PublicKey)]
    [InlineData(24, 93, CkksTraffic.PublicKey)]
    public void Plan_WithoutRoomForOneField_IsRefusedByName(int precisionBits, long weight, CkksTraffic traffic)
        => FluentActions.Invoking(() => CkksParameters.ForExactIntegers(precisionBits, weight, traffic))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.PrecisionExceedsModulus);

    [Theory]
    [InlineData(24, 1023, CkksTraffic.SeedLists)]
    [InlineData(32, 63, CkksTraffic.FullSums)]
    [InlineData(16, 1477, CkksTraffic.PublicKey)]
    [InlineData(24, 92, CkksTraffic.PublicKey)]
    public void Plan_AtTheLargestTotalWeightOfTheDocuments_Exists(int precisionBits, long weight, CkksTraffic traffic)
        => PlanOf(precisionBits, weight, traffic).Fields.Should().Be(1);

    private static DroppedBits OneMore(DroppedBits dropped) => dropped with { C0 = dropped.C0 + 1 };

    private static CkksExactIntegers PlanOf(int precisionBits, long weight, CkksTraffic traffic)
        => CkksParameters.ForExactIntegers(precisionBits, weight, traffic).ExactIntegers!;
}
