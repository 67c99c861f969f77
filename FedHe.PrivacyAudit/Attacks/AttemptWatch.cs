namespace FedHe.PrivacyAudit.Attacks;

/// <summary>Decides when an attempt ends: good enough, cancelled, or stuck.</summary>
/// <param name="attempt">The attempt.</param>
/// <param name="maxIterations">Iterations at most.</param>
/// <param name="givesUp">Whether to end when the loss hardly falls; a schedule of step sizes may still lower it
/// later.</param>
internal sealed class AttemptWatch(AttackAttempt attempt, int maxIterations, bool givesUp)
{
    /// <summary>Looking at the picture costs little beside an iteration, but not nothing.</summary>
    private const int IterationsPerLook = 10;

    /// <summary>An attempt whose loss falls by less than this part over that many iterations is going
    /// nowhere.</summary>
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
