namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A kill of the party that takes a step.</summary>
/// <param name="Step">The number of the step.</param>
/// <param name="Moment">The moment within the step.</param>
/// <param name="Sent">The number of messages that leave before the kill.</param>
internal readonly record struct StepKill(int Step, StepCrash Moment, int Sent = 0)
{
    /// <summary>The number of messages that leave: none before everything is on disk, unless the host breaks what hosts promise.</summary>
    public int Leaving => Moment is StepCrash.HalfSent or StepCrash.SentBeforeLedger ? Sent : 0;

    /// <summary>
    /// Returns the kills of a run: all that differ in what is on disk or has left, or one for every step, each in another moment. A message
    /// that changed nothing on disk is the same message again after a restart.
    /// </summary>
    /// <param name="steps">The steps of the undisturbed run.</param>
    /// <param name="isComplete">Whether a step has all its kills.</param>
    public static IEnumerable<StepKill> All(IReadOnlyList<TakenStep> steps, bool isComplete)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            StepKill[] kills = [.. Of(i, steps[i])];
            foreach (StepKill kill in isComplete ? kills : [kills[i % kills.Length]])
            {
                yield return kill;
            }
        }
    }

    private static IEnumerable<StepKill> Of(int number, TakenStep step)
    {
        yield return new StepKill(number, StepCrash.Unsaved);
        if (step is { ChangesState: true, ChangesLedger: true })
        {
            yield return new StepKill(number, StepCrash.LedgerSaved);
            yield return new StepKill(number, StepCrash.StateSaved);
        }

        if (step.ChangesState || step.ChangesLedger)
        {
            yield return new StepKill(number, StepCrash.Saved);
        }

        for (int sent = 1; sent < step.Messages; sent++)
        {
            yield return new StepKill(number, StepCrash.HalfSent, sent);
        }
    }
}
