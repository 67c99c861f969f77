using FedHe.Privacy.Budgets;

namespace HospitalFedAvg.Privacy;

/// <summary>Privacy options are a promise of differential privacy, as the command line states it.</summary>
/// <param name="Unit">Whose presence is hidden.</param>
/// <param name="Epsilon">The largest epsilon of all rounds.</param>
/// <param name="Delta">Its delta.</param>
/// <param name="Clip">The largest norm of a record's gradient, or of a hospital's difference.</param>
/// <param name="Rate">The probability of a record in a step; of no meaning for hospitals.</param>
/// <param name="NoiseMultiplier">The noise that was chosen, or null to calibrate it for all rounds; always null for hospitals.</param>
/// <param name="Dropouts">The hospitals that may drop out of a round, or null to plan for none, or for a quarter with --dropout; null for records.</param>
/// <param name="Colluders">The hospitals that may collude, or null for as many as members of the committee may; null for records.</param>
internal sealed record PrivacyOptions(
    PrivacyUnit Unit, double Epsilon, double Delta, double Clip, double Rate, double? NoiseMultiplier, int? Dropouts = null, int? Colluders = null);
