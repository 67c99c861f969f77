using System.Globalization;
using FedHe.MLBridge.Planning;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Reports;

namespace HospitalFedAvg.Reporting;

/// <summary>A run summary holds the rounds of a run and states the cost of encryption in the form of the paper's Table
/// 4.</summary>
/// <remarks>Source: FedML-HE, Table 4.</remarks>
/// <param name="Plan">The plan of the run.</param>
/// <param name="Rounds">The finished rounds.</param>
/// <param name="Release">Who may have the last model, at the hospital that is told the least.</param>
internal sealed record RunSummary(AggregationPlan Plan, IReadOnlyList<RoundOutcome> Rounds, ModelRelease Release)
{
    private readonly PhaseCosts _costs = PhaseCosts.Average([.. Rounds.Select(round => round.Costs)]);

    /// <summary>Whether too few hospitals were left for all planned rounds.</summary>
    public bool HasEndedEarly { get; init; }

    /// <summary>The number of hospitals that stopped because their privacy budgets were spent.</summary>
    public int StoppedHospitals { get; init; }

    /// <summary>The number of rounds that were planned.</summary>
    public int PlannedRounds { get; init; }

    public bool IsWithinBound => Rounds.All(round => round.IsWithinBound);

    public double EncryptedAccuracy => Rounds[^1].EncryptedAccuracy;

    public double PlaintextAccuracy => Rounds[^1].PlaintextAccuracy;

    public double LargestDifference => Rounds.Max(round => round.LargestDifference);

    /// <summary>Creates the rows of the overhead table: the quantity, the encrypted and the plaintext figure, and their
    /// ratio.</summary>
    public IEnumerable<(string What, string Encrypted, string Plaintext, string Ratio)> OverheadRows()
    {
        double contributors = Rounds.Average(round => round.Contributors);
        TimeSpan aggregation = _costs.Encrypt + (contributors * _costs.Fold) + _costs.Committee + _costs.Decrypt;
        yield return ("train, per hospital", Seconds(_costs.Train), Seconds(_costs.Train), "1.00");
        yield return ("encrypt, per hospital", Seconds(_costs.Encrypt), "-", "-");
        yield return ("fold, per update (server)", Seconds(_costs.Fold), "-", "-");
        if (_costs.Committee > TimeSpan.Zero)
        {
            yield return ("committee, per member", Seconds(_costs.Committee), "-", "-");
        }

        yield return ("decrypt, per hospital", Seconds(_costs.Decrypt), "-", "-");
        yield return (
            "aggregation, whole round",
            Seconds(aggregation),
            Seconds(_costs.PlaintextAverage),
            Ratio(aggregation.TotalSeconds, _costs.PlaintextAverage.TotalSeconds));
        TimeSpan encryptedRound = _costs.Train + aggregation;
        TimeSpan plaintextRound = _costs.Train + _costs.PlaintextAverage;
        yield return (
            "round, training included",
            Seconds(encryptedRound),
            Seconds(plaintextRound),
            Ratio(encryptedRound.TotalSeconds, plaintextRound.TotalSeconds));
        yield return ("upload, per hospital", Bytes(_costs.UploadBytes), Bytes(Plan.PlaintextBytes), Ratio(_costs.UploadBytes, Plan.PlaintextBytes));
        yield return ("download, per hospital", Bytes(_costs.DownloadBytes), Bytes(Plan.PlaintextBytes), Ratio(_costs.DownloadBytes, Plan.PlaintextBytes));
    }

    public string Verdict() => Rounds[^1].IsNoised
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"Accuracy {EncryptedAccuracy:P2} with clip and noise, {PlaintextAccuracy:P2} by plaintext averaging of the last round's models without them.")
        : string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsWithinBound ? "Within" : "OUTSIDE")} the promised bound in {Rounds.Count(round => round.IsWithinBound)} of {Rounds.Count} rounds. " +
        $"Accuracy {EncryptedAccuracy:P2} encrypted, {PlaintextAccuracy:P2} plaintext; largest difference of any parameter {LargestDifference:E2}.");

    /// <summary>Says what was spent, or returns null without a promise of privacy.</summary>
    public string? PrivacyNote() => Rounds[^1] is { SpentEpsilon: double spent, PromisedEpsilon: double promised }
        ? string.Create(CultureInfo.InvariantCulture, $"Privacy: epsilon {PrivacyFigures.AtMost(spent, 3)} of {promised} was spent on each {Rounds[^1].ProtectedUnit} at most.{Stopped()}")
        : null;

    private string Stopped() => StoppedHospitals == 0
        ? string.Empty
        : string.Create(
            CultureInfo.InvariantCulture,
            $" {StoppedHospitals} hospitals stopped, since another round would have exceeded their budgets; the model of round {Rounds.Count} of {PlannedRounds} is kept.");

    /// <summary>Says who may have the model.</summary>
    public string ReleaseNote() => Release switch
    {
        ModelRelease.MayBePublished when _costs.Committee > TimeSpan.Zero
            => "Release: MayBePublished. The committee answered for one sum of each round and for no other; the model reveals the average and no key.",
        ModelRelease.MayBePublished => "Release: MayBePublished. More than half of the hospitals confirmed that they have this model; it reveals the average and no key.",
        ModelRelease.Unconfirmed => "Release: Unconfirmed. Too few hospitals confirmed that they have this model, so it stays with them.",
        _ => "Release: KeyHoldersOnly. The model was encrypted directly under the job's key; from anybody else it would not hide that key.",
    };

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F4} s");

    private static string Bytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} B");

    private static string Ratio(double encrypted, double plaintext)
        => plaintext > 0 ? string.Create(CultureInfo.InvariantCulture, $"{encrypted / plaintext:F2}") : "-";
}
