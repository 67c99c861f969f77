namespace HospitalFedAvg.Reporting;

/// <summary>Shows the run as it goes.</summary>
internal interface IReporter
{
    /// <summary>Shows what is about to happen.</summary>
    void Begin(RunDescription description);

    /// <summary>Shows what is being done now.</summary>
    void Progress(string activity);

    /// <summary>Shows a finished round.</summary>
    void RoundCompleted(RoundOutcome outcome);

    /// <summary>Shows the cost of encryption and the verdict.</summary>
    void Finish(RunSummary summary);
}
