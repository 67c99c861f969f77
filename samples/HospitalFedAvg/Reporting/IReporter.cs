namespace HospitalFedAvg.Reporting;

/// <summary>Shows the run as it goes.</summary>
internal interface IReporter
{
    /// <summary>Shows what is about to happen.</summary>
    void Begin(RunDescription description);

    /// <summary>Runs the federation, with whatever the reporter keeps on screen meanwhile.</summary>
    Task<T> WhileRunningAsync<T>(Func<Task<T>> run);

    /// <summary>Shows what is being done now.</summary>
    void Progress(string activity);

    /// <summary>Shows a finished round.</summary>
    void RoundCompleted(RoundOutcome outcome);

    /// <summary>Shows something that went wrong without ending the run.</summary>
    void Warn(string message);

    /// <summary>Shows the cost of encryption and the verdict.</summary>
    void Finish(RunSummary summary);
}
