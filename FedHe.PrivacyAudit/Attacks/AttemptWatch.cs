namespace FedHe.PrivacyAudit.Attacks;

/// <summary>
/// A watch decides when an attempt ends: when the picture is good enough, when the caller cancels, or when the loss stalls.
/// </summary>
/// <param name="attempt">The attempt.</param>
/// <param name="maxIterations">The largest number of iterations.</param>
/// <param name="givesUp">Whether to end when the loss hardly falls; a schedule of step sizes may still lower it
/// later.</param>
internal sealed class AttemptWatch(AttackAttempt attempt, int maxIterations, bool givesUp)
{
    /// <summary>
    /// The number of iterations between two looks at the picture, each of which costs a little beside an iteration.
    /// </summary>
    private const int IterationsPerLook = 10;

    /// <summary>The least relative fall of the loss between two checks for an attempt to go on.</summary>
    private const double SmallestProgress = 0.01;
    private const int IterationsPerProgress = 250;

    private double _lossThen = double.PositiveInfinity;

    public bool ShouldStop(int iteration, double loss, Func<float[]> pixels)
    {
        attempt.CancellationToken.ThrowIfCancellationRequested();
        attempt.Progress?.Report(new AttackProgress(iteration, maxIterations, loss));
        if (givesUp && iteration % IterationsPerProgress == 0)
        {
            if (loss > _lossThen * (1 - SmallestProgress))
            {
                return true;
            }

            _lossThen = loss;
        }

        return iteration % IterationsPerLook == 0 && attempt.IsGoodEnough?.Invoke(pixels()) == true;
    }
}
