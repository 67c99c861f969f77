using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Text;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>
/// A text cell gathers the results of all sentences for one selection, ratio and treatment of encrypted entries.
/// </summary>
internal sealed record TextCell(string Selection, double Ratio, MaskTreatment Treatment, IReadOnlyList<TextResult> Results)
{
    public string TreatmentName => Treatment == MaskTreatment.Zeroed ? "zeroed" : "left out";

    public double Mean(Func<TextResult, double> score) => Results.Average(score);
}
