using FedHe.Privacy.Budgets;

namespace HospitalFedAvg.Privacy;

/// <summary>Privacy options are a promise of differential privacy, as the command line states it.</summary>
/// <param name="Unit">Whose presence is hidden.</param>
/// <param name="Epsilon">The largest epsilon of all rounds.</param>
/// <param name="Delta">Its delta.</param>
/// <param name="Clip">The largest norm of a record's gradient, or of a hospital's difference.</param>
/// <param name="Rate">The probability of a record in a step; of no meaning but in local training.</param>
/// <param name="NoiseMultiplier">The noise that was chosen, or null to calibrate it for all rounds; always null but in local training.</param>
/// <param name="Dropouts">The hospitals that may drop out of a round, or null to plan for none, or for a quarter with --dropout; null in local training.</param>
/// <param name="Colluders">The hospitals that may collude, or null for as many as members of the committee may; null in local training.</param>
/// <param name="Form">By whose noise records are hidden; null for hospitals.</param>
/// <param name="Records">The number that a hospital's sum of gradients is divided by; null but for distributed gradients.</param>
/// <param name="CountNoise">The standard deviation of the noise on each hospital's number of records, which is then its weight; null for weights of 1.</param>
/// <param name="FollowsMedian">Whether the clip of hospitals' differences follows the median of their norms.</param>
/// <param name="Rotates">Whether hospitals rotate their differences before rounding.</param>
internal sealed record PrivacyOptions(
    PrivacyUnit Unit, double Epsilon, double Delta, double Clip, double Rate, double? NoiseMultiplier, int? Dropouts = null, int? Colluders = null,
    RecordForm? Form = null, int? Records = null, double? CountNoise = null, bool FollowsMedian = false, bool Rotates = false);
