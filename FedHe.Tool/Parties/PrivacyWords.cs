using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Reports;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>Says what a job promises by differential privacy, and what it has spent.</summary>
internal static class PrivacyWords
{
    /// <summary>Writes the privacy terms of a job.</summary>
    public static Report Write(PrivacyTerms terms, Report report) => Set(terms, report).Line($"Promised is {terms}.");

    /// <summary>Writes the privacy terms of a job for scripts.</summary>
    public static Report Set(PrivacyTerms terms, Report report)
        => report.Set("dpUnit", terms.Unit.ToString()).Set("epsilon", terms.Epsilon).Set("delta", terms.Delta).Set("clip", terms.Clip)
            .Set("dropouts", terms.Dropouts).Set("colluders", terms.Colluders);

    /// <summary>Writes what a client counted.</summary>
    public static void Write(PrivacySpending spending, PrivacyTerms terms, Report report) => Write(spending.Epsilon, spending.IsExhausted, terms, report);

    /// <summary>Writes what a client counted.</summary>
    public static void Write(double epsilon, bool isExhausted, PrivacyTerms terms, Report report)
        => report.Set("epsilon", terms.Epsilon).Set("spentEpsilon", epsilon).Set("isBudgetSpent", isExhausted)
            .Line($"Privacy: epsilon {PrivacyFigures.AtMost(epsilon, 3)} of {PrivacyFigures.AtMost(terms.Epsilon, 3)} is spent on every {terms.UnitWord}.{(isExhausted ? " Another sum would exceed the budget, so this client takes part in none." : string.Empty)}");
}
