namespace FedHe.Benchmarks.Rounds;

/// <summary>A measured round runs from models to bytes and back to a model, and tells what it took.</summary>
internal interface IMeasuredRound : IDisposable
{
    /// <summary>The length of one upload in bytes.</summary>
    long UploadBytes { get; }

    /// <summary>The length in bytes of what every client downloads.</summary>
    long DownloadBytes { get; }

    /// <summary>The averaged model of the last run.</summary>
    ReadOnlySpan<float> Averages { get; }

    /// <summary>The error that the last aggregate promised, before the averages were known.</summary>
    double PromisedError { get; }

    /// <summary>Runs the round once.</summary>
    PhaseTimes RunOnce();
}
