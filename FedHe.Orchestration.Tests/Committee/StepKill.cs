namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A kill of the party that takes a step.</summary>
/// <param name="Step">The number of the step.</param>
/// <param name="Moment">The moment within the step.</param>
/// <param name="Sent">The number of messages that leave before the kill.</param>
internal readonly record struct StepKill(int Step, StepCrash Moment, int Sent = 0)
{
    /// <summary>
    /// Returns all kills of a run that differ in what is on disk or has left. A message that changed nothing on disk is the same message
    /// again after a restart.
    /// </summary>
    /// <param name="steps">The steps of the undisturbed run.</param>
    /// <param name="isComplete">Whether every number of messages that can have left is one kill; otherwise half of them.</param>
    public static IEnumerable<StepKill> All(IReadOnlyList<TakenStep> steps, bool isComplete)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            TakenStep step = steps[i];
            yield return new StepKill(i, StepCrash.Unsaved);
            if (step is { ChangesState: true, ChangesLedger: true })
            {
                yield return new StepKill(i, StepCrash.LedgerSaved);
                yield return new StepKill(i, StepCrash.StateSaved);
            }

            if (step.ChangesState || step.ChangesLedger)
            {
                yield return new StepKill(i, StepCrash.Saved);
            }

            for (int sent = isComplete ? 1 : Math.Max(1, step.Messages / 2); sent < step.Messages; sent++)
            {
                yield return new StepKill(i, StepCrash.HalfSent, sent);
                if (!isComplete)
                {
                    break;
                }
            }
        }
    }
}
