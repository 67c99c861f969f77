namespace HospitalFedAvg.Reporting;

/// <summary>A reporter shows the run while it goes on.</summary>
internal interface IReporter
{
    /// <summary>Shows the description of the run that is about to start.</summary>
    void Begin(RunDescription description);

    /// <summary>Runs the federation while the reporter keeps its display on the screen.</summary>
    Task<T> WhileRunningAsync<T>(Func<Task<T>> run);

    /// <summary>Shows the current activity.</summary>
    void Progress(string activity);

    /// <summary>Shows a finished round.</summary>
    void RoundCompleted(RoundOutcome outcome);

    /// <summary>Shows something that went wrong without ending the run.</summary>
    void Warn(string message);

    /// <summary>Shows the cost of encryption and the verdict.</summary>
    void Finish(RunSummary summary);
}
