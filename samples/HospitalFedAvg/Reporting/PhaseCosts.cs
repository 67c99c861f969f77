namespace HospitalFedAvg.Reporting;

/// <summary>Phase costs are the times and bytes of a round's phases, where client phases are averages over the round's
/// contributors.</summary>
internal sealed record PhaseCosts
{
    public required TimeSpan Train { get; init; }

    public required TimeSpan Encrypt { get; init; }

    /// <summary>The time of parsing, checking and adding one update at the server.</summary>
    public required TimeSpan Fold { get; init; }

    public required TimeSpan Decrypt { get; init; }

    /// <summary>The time that a member of the committee spends on its boxes and its answer; zero without one.</summary>
    public required TimeSpan Committee { get; init; }

    /// <summary>The time of plaintext averaging for all updates.</summary>
    public required TimeSpan PlaintextAverage { get; init; }

    public required long UploadBytes { get; init; }

    public required long DownloadBytes { get; init; }

    /// <summary>Averages the costs of several rounds.</summary>
    public static PhaseCosts Average(IReadOnlyCollection<PhaseCosts> rounds) => new()
    {
        Train = Mean(rounds, costs => costs.Train),
        Encrypt = Mean(rounds, costs => costs.Encrypt),
        Fold = Mean(rounds, costs => costs.Fold),
        Decrypt = Mean(rounds, costs => costs.Decrypt),
        Committee = Mean(rounds, costs => costs.Committee),
        PlaintextAverage = Mean(rounds, costs => costs.PlaintextAverage),
        UploadBytes = (long)rounds.Average(costs => costs.UploadBytes),
        DownloadBytes = (long)rounds.Average(costs => costs.DownloadBytes),
    };

    private static TimeSpan Mean(IReadOnlyCollection<PhaseCosts> rounds, Func<PhaseCosts, TimeSpan> phase)
        => TimeSpan.FromSeconds(rounds.Average(costs => phase(costs).TotalSeconds));
}
