using System.Globalization;

namespace FedHe.Samples.Tests;

/// <summary>The command <c>theorem</c> of the sample PrivacyAudit, which prints epsilons.</summary>
public sealed class PrivacyAuditFiguresTests
{
    private const int BadInput = 2;

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
