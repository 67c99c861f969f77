using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Runs;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>The strongest built-in attacks are those without which a ratio at which nothing leaks says little.</summary>
public static class StrongestAttacks
{
    /// <summary>The names of the attacks, which leave encrypted entries out; attackers that match zeros instead give up early.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        new DeepLeakageAttack().Name,
        new InvertingGradientsAttack().Name,
        new InvertingGradientsAttack(new InvertingGradientsOptions { IsTensorwise = true }).Name,
    ];

    /// <summary>Finds the attacks that were not made on every picture at every ratio of a selection.</summary>
    /// <param name="results">The results of a run.</param>
    /// <param name="selection">The selection.</param>
    public static IReadOnlyList<string> MissingFrom(IReadOnlyList<AuditResult> results, string selection)
    {
        ArgumentNullException.ThrowIfNull(results);
        AuditResult[] ofSelection = [.. results.Where(result => result.Mask.Selection == selection)];
        HashSet<(double Ratio, AuditSample Sample)> wanted = [.. ofSelection.Select(Cell)];
        return [.. Names.Where(name => !wanted.IsSubsetOf(ofSelection.Where(result => result.Attack == name).Select(Cell)))];
    }

    private static (double Ratio, AuditSample Sample) Cell(AuditResult result) => (result.Mask.Ratio, result.Sample);
}
