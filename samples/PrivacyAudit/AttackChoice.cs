using FedHe.PrivacyAudit.Attacks;

namespace PrivacyAuditSample;

/// <summary>An attack choice creates an attack by its name on the command line.</summary>
internal static class AttackChoice
{
    public const string Text = "text";

    public static IReadOnlyList<string> Names { get; } = ["dlg-zeroed", "dlg", "idlg", "inverting", "inverting-zeroed", "inverting-tensors", Text];

    /// <param name="name">One of <see cref="Names"/> but <see cref="Text"/>, which attacks no pictures.</param>
    /// <param name="iterations">The largest number of iterations, or 0 for the attack's own default.</param>
    public static IGradientAttack Create(string name, int iterations)
    {
        MaskTreatment treatment = name.EndsWith("-zeroed", StringComparison.Ordinal) ? MaskTreatment.Zeroed : MaskTreatment.LeftOut;
        if (name.StartsWith("inverting", StringComparison.Ordinal))
        {
            var options = new InvertingGradientsOptions { Treatment = treatment, IsTensorwise = name == "inverting-tensors" };
            return new InvertingGradientsAttack(iterations > 0 ? options with { MaxIterations = iterations } : options);
        }

        var leakage = new DeepLeakageOptions
        {
            Treatment = treatment,
            Label = name == "idlg" ? LabelKnowledge.Inferred : LabelKnowledge.Optimized,
        };
        return new DeepLeakageAttack(iterations > 0 ? leakage with { MaxIterations = iterations } : leakage);
    }
}
