namespace HospitalFedAvg.Privacy;

/// <summary>Privacy options are the promise to every record, as the command line states it.</summary>
/// <param name="Epsilon">The largest epsilon of all rounds.</param>
/// <param name="Delta">Its delta.</param>
/// <param name="Clip">The largest norm of a record's gradient.</param>
/// <param name="Rate">The probability of a record in a step.</param>
/// <param name="NoiseMultiplier">The noise that was chosen, or null to calibrate it for all rounds.</param>
internal sealed record PrivacyOptions(double Epsilon, double Delta, double Clip, double Rate, double? NoiseMultiplier);
