namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A record training says how a trainer trained in a job of local DP-SGD. A client sends no model of a training that was another one than its job's terms
/// charge for.
/// </summary>
/// <param name="ClipNorm">The largest 2-norm of one record's gradient, in units of the gradient.</param>
/// <param name="LogClipUnits">The base-2 logarithm of the number of units in the clip norm, on whose grid sums and noise are integers.</param>
/// <param name="NoiseMultiplier">The standard deviation of the client's own noise in every step, over the clip norm.</param>
/// <param name="SamplingRate">The probability of each record to be in a step, by a coin of its own; 1 for steps with all records.</param>
/// <param name="Steps">The number of steps.</param>
public sealed record RecordTraining(double ClipNorm, int LogClipUnits, double NoiseMultiplier, double SamplingRate, int Steps);
