using System.Globalization;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Releases;
using static FedHe.Privacy.Reports.PrivacyFigures;

namespace FedHe.Privacy.Reports;

/// <summary>The words of a report for what a ledger has as numbers.</summary>
internal static class ReportWords
{
    public static string UnitOf(PrivacyBudget budget) => (budget.Unit, budget.Form) switch
    {
        (PrivacyUnit.Client, _) => "Client: the presence of a whole client with all of its records is hidden.",
        (_, RecordForm.DistributedGradient) =>
            "Record (DistributedGradient): the presence of a single record is hidden by noise that all parties share. Only their sum has enough of it.",
        _ => "Record (LocalDpSgd): the presence of a single record is hidden by the noise of its own party alone.",
    };

    public static string MethodOf(CompositionMethod method) => method switch
    {
        CompositionMethod.Renyi => "Renyi divergences of many orders (Mironov, CSF 2017)",
        CompositionMethod.Concentrated => "zero-concentrated differential privacy (Bun and Steinke, TCC 2016)",
        _ => "privacy loss distributions with pessimistic rounding",
    };

    public static string? SecrecyOf(PrivacyRelease release) => release switch
    {
        SampledGaussianRelease sampled => sampled.Secrecy.Statement,
        SampledDiscreteGaussianRelease sampled => sampled.Secrecy.Statement,
        _ => null,
    };

    public static string MechanismOf(PrivacyRelease release) => string.Create(CultureInfo.InvariantCulture, $"{release.Name}{ParametersOf(release)}");

    private static FormattableString ParametersOf(PrivacyRelease release) => release switch
    {
        GaussianRelease one => $", noise multiplier {AtLeast(one.NoiseMultiplier)}",
        SampledGaussianRelease one => $", noise multiplier {AtLeast(one.NoiseMultiplier)}, probability {AtMost(one.Probability)}",
        DiscreteGaussianRelease one => $", noise multiplier {AtLeast(one.NoiseMultiplier)}",
        SampledDiscreteGaussianRelease one => $", noise multiplier {AtLeast(one.NoiseMultiplier)}, probability {AtMost(one.Probability)}",
        LaplaceRelease one => $", scale {AtLeast(one.NoiseMultiplier)} sensitivities, {one.Dimension} values",
        DistributedGaussianRelease one => $", {one.Parties} shares of variance {AtLeast(one.PartyVariance)}, sensitivity {AtMost(one.Sensitivity.Two)}, {one.Dimension} values",
        SkellamRelease one => $", variance {AtLeast(one.Variance)}, sensitivity {AtMost(one.Sensitivity.Two)}",
        PureRelease one => $", epsilon {AtMost(one.Epsilon)}",
        MatrixRelease one => $", noise multiplier {AtLeast(one.NoiseMultiplier)} of the whole sequence",
        _ => $"",
    };
}
