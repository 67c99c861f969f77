using FedHe.Orchestration.Job;

namespace FedHe.Privacy.Federation.Planning;

/// <summary>A correlated privacy plan has the update terms of a job whose noise is correlated over rounds, and says what the correlation is worth.</summary>
/// <param name="Update">The terms: differences, integers with room for the noise, and the promise.</param>
/// <param name="Correlation">The name of the correlation.</param>
/// <param name="MeanVariance">
/// The variance of the noise in the model, the running sum of a sequence, in the mean over its rounds, divided by that of independent noise for the same budget and in the same rounds of the same units; with
/// dither, and with the rounding of coefficients. Below 1 the correlation gains.
/// </param>
/// <param name="LastVariance">The same ratio behind the last round of a sequence.</param>
/// <param name="LastVarianceBesideAll">
/// The variance behind the last round divided by that of independent noise for the same budget where every unit takes part in every round, for models that move as far. Above 1 a job whose clients can
/// use all of their records in every round has less noise without correlation, and computes as many times more as there are parts.
/// </param>
public sealed record CorrelatedPrivacyPlan(UpdateTerms Update, string Correlation, double MeanVariance, double LastVariance, double LastVarianceBesideAll);
