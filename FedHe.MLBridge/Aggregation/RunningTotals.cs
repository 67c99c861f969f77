namespace FedHe.MLBridge.Aggregation;

/// <summary>Running totals are what the updates of a sum add up to beside their values.</summary>
/// <param name="Updates">The number of updates.</param>
/// <param name="Weight">The sum of their weights; 0 when they are hidden.</param>
/// <param name="Factor">The sum of their factors in units of 2^-30 where clients multiply, and otherwise 0.</param>
internal readonly record struct RunningTotals(int Updates, long Weight, long Factor);
