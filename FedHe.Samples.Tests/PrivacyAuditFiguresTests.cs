using System.Globalization;

namespace FedHe.Samples.Tests;

/// <summary>The commands of the sample PrivacyAudit that print epsilons: <c>one-run</c> and <c>theorem</c>.</summary>
public sealed class PrivacyAuditFiguresTests
{
    private const int Unusable = 1;
    private const int BadInput = 2;
    private const int TooWeak = 8;

    // Coins and noise have no seed: at this confidence, one honest training of a million is refuted. Delta is small enough for it.
    private static readonly string[] SmallAudit =
        ["one-run", "--delta", "1e-10", "--clip", "1", "--records", "100", "--canaries", "200", "--steps", "2", "--confidence", "0.999999"];

    [Fact]
    public async Task OneRun_WithTheNoiseOfTheClaim_FindsNoMoreThanIsClaimedAndWithoutNoiseFindsMore()
    {
        SampleResult result = await RunAsync([.. SmallAudit, "--epsilon", "1"]);

        result.ExitCode.Should().Be(0, result.Output + result.Errors);
        result.Output.Should().Contain("claimed for every record: epsilon 1 at delta 1E-10").And.Contain("99.9999 % confidence");
        string[] noisy = Row(result, "with noise");
        string[] bare = Row(result, "without noise");
        Number(noisy[0]).Should().BeGreaterThan(5, "epsilon 1 needs that much noise");
        Number(noisy[1]).Should().BeLessThanOrEqualTo(1);
        Number(noisy[2]).Should().BeLessThanOrEqualTo(1);
        Number(bare[0]).Should().Be(0);
        Number(bare[1]).Should().BeGreaterThan(1, "gradients without noise show who is there").And.BeLessThanOrEqualTo(Number(bare[3]));
        string.Join(' ', noisy[4..]).Should().Be("not refuted");
        string.Join(' ', bare[4..]).Should().Be("refuted");
    }

    [Fact]
    public async Task OneRun_ThatFindsNothingWithoutNoise_SaysThatItIsTooWeak()
    {
        SampleResult result = await RunAsync([.. SmallAudit, "--epsilon", "20"]);

        result.ExitCode.Should().Be(TooWeak);
        result.Output.Should().Contain("too weak for this claim").And.Contain("not even refute the training without noise");
    }

    [Theory]
    [InlineData("--epsilon")]
    [InlineData("--delta")]
    [InlineData("--clip")]
    public async Task OneRun_WithoutAPartOfTheClaim_IsRefused(string missing)
    {
        string[] claim = ["--epsilon", "1", "--delta", "1e-5", "--clip", "1"];
        int place = Array.IndexOf(claim, missing);
        SampleResult result = await RunAsync(["one-run", .. claim[..place], .. claim[(place + 2)..]]);

        result.ExitCode.Should().Be(Unusable);
        result.Errors.Should().Contain(missing);
    }

    [Fact]
    public async Task Theorem_OfAMaskAndANoiseScale_PrintsItsThreeLabeledFigures()
    {
        SampleResult result = await RunAsync("theorem", "--scale", "0.05", "--clip", "1", "--clear-clip", "0.25", "--ratios", "0.3");

        result.ExitCode.Should().Be(0, result.Output + result.Errors);
        double[] uniform = Figures(result, "uniform sensitivities");
        double[] map = Figures(result, "sensitivity map");
        uniform[1].Should().BeApproximately(0.7 * uniform[0], 1e-6 * uniform[0]);
        uniform[2].Should().BeApproximately(0.49 * uniform[0], 1e-6 * uniform[0]);
        map[1].Should().BeApproximately(0.7 * map[0], 1e-5 * map[0]);
        map[2].Should().BePositive().And.BeLessThan(0.1 * map[0], "the map of a network has a heavy tail, and the mask takes it");
        Figures(result, "clipped norm").Should().Equal(20, 20, 5);
        result.Output.Should().Contain("Rounds add up.").And.Contain("a heuristic").And.Contain("one round");
    }

    [Fact]
    public async Task Theorem_WhereOnlyTheWholeUpdateIsClipped_GivesAMaskNothing()
    {
        SampleResult result = await RunAsync("theorem", "--scale", "0.05", "--clip", "1", "--ratios", "0.3");

        Figures(result, "clipped norm").Should().Equal(20, 20, 20);
        result.Output.Should().Contain("--clear-clip");
    }

    [Fact]
    public async Task Theorem_OfAPartThatIsLargerThanTheWhole_IsRefused()
    {
        SampleResult result = await RunAsync("theorem", "--scale", "0.05", "--clip", "1", "--clear-clip", "2");

        result.ExitCode.Should().Be(BadInput);
        result.ErrorLines.Should().ContainSingle();
    }

    private static string[] Row(SampleResult result, string name)
        => result.Output.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static double[] Figures(SampleResult result, string basis) => [.. Row(result, basis)[..3].Select(Number)];

    private static double Number(string text) => double.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);

    private static Task<SampleResult> RunAsync(params string[] arguments) => SampleProcess.RunAsync(SampleProcess.Audit, arguments);
}
