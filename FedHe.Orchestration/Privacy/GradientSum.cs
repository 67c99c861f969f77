using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A gradient sum is what a trainer returns in a job of distributed gradients: the exact sum of the clipped gradients of its records, without noise.
/// </summary>
/// <param name="Units">
/// The sum in units of the grid, one integer for each value of the model in the order of its flat vector. Taking one record away must change it by
/// integers of a 2-norm of at most 2^<paramref name="LogClipUnits"/>, as in a <c>ClippedSum</c> of FedHe.Learning.
/// </param>
/// <param name="ClipNorm">The largest 2-norm of one record's gradient, in units of the gradient.</param>
/// <param name="LogClipUnits">The base-2 logarithm of the number of units in the clip norm.</param>
public sealed record GradientSum(ReadOnlyMemory<long> Units, double ClipNorm, int LogClipUnits)
{
    /// <summary>
    /// The part of the records that the sum is of, as <see cref="TrainingTask.Part"/> said, or null for all records. Records outside of their rounds are covered by no noise, and a sum of another part is never sent.
    /// </summary>
    public RecordPart? Part { get; init; }
}
